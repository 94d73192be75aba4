import type { OperationOutcome } from "./operation.ts";

/** A call of an operation, as one process passes it to another. */
export interface OperationCall {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Full JID and name of the caller. */
  readonly jid: string;
  readonly by: string;
}

/** The other processes that serve rooms of the domain. */
export interface OtherProcesses {
  /** Returns true for rooms that this process serves now. */
  serves(node: string): boolean;
  /** Lets the process that serves a room run an operation on it. Resolves with undefined if none serves it now. */
  run(node: string, call: OperationCall): Promise<OperationOutcome | undefined>;
}
