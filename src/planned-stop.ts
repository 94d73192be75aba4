// The end of the service's work at a planned stop. With a server that holds stanzas (docs/hold.md) none is refused or lost.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { ServerConnection } from "./connection/server-connection.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import type { RoomLoader } from "./room-loader.ts";
import type { StanzaIntake } from "./stanza-intake.ts";

/** Milliseconds for pending commits and output. */
const SETTLE_MS = 5_000;
/** The same where other nodes have to answer, too. */
const SETTLE_TOGETHER_MS = 10_000;
/** Milliseconds for the server's answer to the request to hold. */
const HOLD_MS = 2_000;

interface StoppingParts {
  readonly registry: RoomRegistry;
  readonly loader: Pick<RoomLoader, "whenIdle">;
  readonly intake: Pick<StanzaIntake, "close">;
  readonly connection: Pick<ServerConnection, "outbox" | "askToHold">;
  readonly log: Logger;
  /** True if the next start goes on with the rooms. */
  readonly isStored: boolean;
  /** The other processes that serve the domain, if there are any: the server gives them the stanzas that come later. */
  readonly cluster: { finish(): Promise<void> } | undefined;
}

/**
 * Handles what has been received and sends what is pending, for at most five seconds, or ten in a cluster. Stanzas that come later are held by
 * the server or refused. Rejects with the fault of a commit that failed.
 */
export async function finishWork(parts: StoppingParts): Promise<void> {
  const { outbox } = parts.connection;
  const finished = finish(parts).then(() => true);
  const patience = parts.cluster ? SETTLE_TOGETHER_MS : SETTLE_MS;
  if (await Promise.race([finished, delay(patience, false, { ref: false })])) return;
  parts.log.error(
    outbox.isCommitted
      ? "discarding unsent output: the server does not read it"
      : "discarding changes that are not stored yet: the database does not answer; no client has seen them",
  );
}

async function finish(parts: StoppingParts): Promise<void> {
  const { registry, loader, intake, connection, log, isStored, cluster } = parts;
  const { outbox } = connection;
  if (isStored) {
    // A backlog would delay the answer, and stanzas would be held meanwhile.
    await outbox.settle();
    const isHeld = await connection.askToHold(HOLD_MS);
    log.info(isHeld ? "the server holds new stanzas" : "the server does not hold new stanzas");
    await loader.whenIdle();
  }
  if (cluster) {
    await cluster.finish();
    // Of the rooms that no other node has taken.
    outbox.add(registry.suspend());
    await outbox.settle();
    return;
  }
  intake.close();
  // Rooms that are kept on disk keep their occupants until the next start.
  outbox.add(isStored ? registry.suspend() : registry.shutDown());
  await outbox.settle();
}
