// The other processes that serve the domain, as commands ask them.

/** The figures of one process: its rooms in memory, their occupants and clients, messages since its start, bytes of memory. */
export interface NodeCounts {
  readonly rooms: number;
  readonly occupants: number;
  readonly sessions: number;
  readonly messages: number;
  readonly memory: number;
}

/** Announces a text in the rooms of a process, asks for its figures, or gives it a stanza for its blocklists. */
export type NodeQuestion =
  | { readonly what: "announce"; readonly text: string }
  | { readonly what: "count" }
  | { readonly what: "blocklist"; readonly stanza: string };

/** Asks the other processes that serve the domain. */
export interface OtherNodes {
  /** Resolves with the answers; to an announcement, `rooms` are those notified. Never rejects. */
  ask(question: NodeQuestion): Promise<NodeAnswers>;
}

export interface NodeAnswers {
  readonly counts: readonly NodeCounts[];
  /** Number of processes that have not answered in time. */
  readonly silent: number;
}
