// What one node among many is given: its rooms, its tables, and its way to the others.
import type { Logger } from "pino";
import type { ClusterTables } from "./cluster-tables.ts";
import type { NodeMessage } from "./node-message.ts";
import type { OwnRooms } from "./own-slots.ts";

/** The messages to other nodes. */
export interface NodeLink<T> {
  /** Sends a message. Returns false without a link. */
  send(name: string, message: NodeMessage<T>): boolean;
  /**
   * Resolves when the other nodes' servers have delivered all that this node has written to its server. Rejects if that
   * cannot be known in time.
   */
  confirm(names: readonly string[]): Promise<void>;
}

export interface MemberOptions<T> {
  readonly tables: ClusterTables;
  readonly rooms: OwnRooms<T>;
  readonly link: NodeLink<T>;
  readonly log: Pick<Logger, "info" | "error" | "debug">;
  /** Bytes that stanzas may take while they wait for owners. */
  readonly mostBytes: number;
  sizeOf(stanza: T): number;
}
