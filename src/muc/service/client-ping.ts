// Pings to quiet clients, and removal of those that do not answer (XEP-0045 section 18.1.2, XEP-0199).
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { tag } from "../../xmpp/tag.ts";
import { checkAddresses } from "../occupants/address-check.ts";
import { conditionOf, isDeliveryError, reasonFor, removeGhost } from "../occupants/ghost.ts";
import type { Room } from "../room/room.ts";
import type { Client, Liveness, PingRequest } from "./liveness.ts";

/** Settings of pings, in milliseconds. */
export interface PingSettings {
  /** Time after which a quiet client is pinged; 0: quiet clients are not pinged. */
  readonly pingAfter: number;
  /** Time to wait for an answer. */
  readonly pingTimeout: number;
}

const PING_PAYLOADS: Readonly<Record<PingRequest["kind"], string>> = {
  ping: tag("ping", { xmlns: NS.ping }),
  info: tag("query", { xmlns: NS.discoInfo }),
};

/**
 * Removes the clients of a room that have not answered a ping, and pings at most `budget` quiet clients. Returns the
 * number of pings.
 */
export function pingQuietClients(
  room: Room,
  liveness: Liveness,
  settings: PingSettings,
  budget: number,
): number {
  const now = room.environment.elapsed();
  checkAddresses(room, settings.pingTimeout);
  let pings = 0;
  for (const [jid, occupant] of [...room.sessions]) {
    const client = liveness.client(jid, now);
    const { ping } = client;
    if (client.gone) removeGhost(room, occupant, jid, "This client is gone");
    else if (ping) {
      if (now - ping.at >= settings.pingTimeout) removeGhost(room, occupant, jid, "No answer to a ping");
    } else if (settings.pingAfter > 0 && now - client.seenAt >= settings.pingAfter && pings < budget) {
      sendPing(room, jid, client, "ping");
      pings += 1;
    }
  }
  return pings;
}

/** Pings a client after an error that may mean that it is gone. */
export function pingSuspect(room: Room, jid: string, liveness: Liveness): void {
  const client = liveness.client(jid, room.environment.elapsed());
  if (!client.ping) sendPing(room, jid, client, "ping");
}

function sendPing(room: Room, jid: string, client: Client, kind: PingRequest["kind"]): void {
  const id = room.environment.newId();
  client.ping = { id, kind, at: room.environment.elapsed() };
  room.effects.send(tag("iq", { type: "get", from: room.address, to: jid, id }, PING_PAYLOADS[kind]));
}

/**
 * Handles an error that answers a ping of the room.
 *
 * - `service-unavailable`: sent by clients without XEP-0199, and by servers for a client that is gone (RFC 6121 section
 *   8.5.3.2.3). The room then requests disco#info, which all MUC clients support (XEP-0045 section 6.7). A second
 *   `service-unavailable` removes the client.
 * - A delivery error removes the client.
 * - `feature-not-implemented`: only clients send it, so the client is alive.
 * - Other errors may come from the server: the ping stays open.
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
  if (condition === "service-unavailable" && ping.kind === "ping") sendPing(room, full, client, "info");
  else if (condition === "service-unavailable" || isDeliveryError(condition)) {
    client.gone = true;
    removeGhost(room, occupant, full, reasonFor("No answer to a ping", condition));
  } else if (condition === "feature-not-implemented") liveness.seen(full, now);
}
