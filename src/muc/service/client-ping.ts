// Quiet clients are asked whether they are still there (XEP-0045 section 18.1.2, XEP-0199).
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { tag } from "../../xmpp/tag.ts";
import { checkAddresses } from "../occupants/address-check.ts";
import { conditionOf, isDeliveryError, reasonFor, removeGhost } from "../occupants/ghost.ts";
import type { Room } from "../room/room.ts";
import type { Client, Liveness, PingRequest } from "./liveness.ts";

/** In milliseconds. */
export interface PingSettings {
  /** How long a client is quiet before it is asked; 0: none is asked for that. */
  readonly pingAfter: number;
  /** How long an answer is awaited. */
  readonly pingTimeout: number;
}

const PING_PAYLOADS: Readonly<Record<PingRequest["kind"], string>> = {
  ping: tag("ping", { xmlns: NS.ping }),
  info: tag("query", { xmlns: NS.discoInfo }),
};

/**
 * Removes the clients of a room that have not answered, and asks those that have been quiet: at most `budget` of
 * them. Returns how many were asked.
 */
export function pingQuietClients(
  room: Room,
  liveness: Liveness,
  settings: PingSettings,
  budget: number,
): number {
  const now = room.environment.elapsed();
  checkAddresses(room, settings.pingTimeout);
  let asked = 0;
  for (const [jid, occupant] of [...room.sessions]) {
    const client = liveness.client(jid, now);
    const { ping } = client;
    if (client.gone) removeGhost(room, occupant, jid, "This client is gone");
    else if (ping) {
      if (now - ping.at >= settings.pingTimeout) removeGhost(room, occupant, jid, "No answer to a ping");
    } else if (settings.pingAfter > 0 && now - client.seenAt >= settings.pingAfter && asked < budget) {
      ask(room, jid, client, "ping");
      asked += 1;
    }
  }
  return asked;
}

/** Asks a client whose stanza came back with an error that may mean that it is gone. */
export function pingSuspect(room: Room, jid: string, liveness: Liveness): void {
  const client = liveness.client(jid, room.environment.elapsed());
  if (!client.ping) ask(room, jid, client, "ping");
}

function ask(room: Room, jid: string, client: Client, kind: PingRequest["kind"]): void {
  const id = room.environment.newId();
  client.ping = { id, kind, at: room.environment.elapsed() };
  room.effects.send(tag("iq", { type: "get", from: room.address, to: jid, id }, PING_PAYLOADS[kind]));
}

/**
 * An error that answers a ping of the room. `service-unavailable` is what a client says that does not know the
 * ping (XEP-0199) as well as a server whose client is gone (RFC 6121 section 8.5.3.2.3): it is asked next what every
 * client of rooms knows (XEP-0045 section 6.7), and is gone where that is refused too. `feature-not-implemented` only
 * a client says, so it is there. Anything else may be its server's word: the ping stays open.
 */
export function handlePingError(room: Room, stanza: Stanza, liveness: Liveness): void {
  const { full } = stanza.from;
  const occupant = room.sessions.get(full);
  if (!occupant) return;
  const now = room.environment.elapsed();
  const client = liveness.client(full, now);
  const { ping } = client;
  if (ping === undefined || ping.id !== stanza.id) return;
  const condition = conditionOf(stanza.element);
  if (condition === "service-unavailable" && ping.kind === "ping") ask(room, full, client, "info");
  else if (condition === "service-unavailable" || isDeliveryError(condition)) {
    client.gone = true;
    removeGhost(room, occupant, full, reasonFor("No answer to a ping", condition));
  } else if (condition === "feature-not-implemented") liveness.seen(full, now);
}
