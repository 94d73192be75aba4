// The tables by which nodes agree on who serves which rooms. Decision 0058.

/** Identifies one process of the service: its registration in the database. Never used again. */
export type NodeId = string;

/** A registered process. */
export interface ClusterNode {
  readonly id: NodeId;
  /** Names its address: `name.domain` at the XMPP server. Unique among the registered. */
  readonly name: string;
  /** True once it has had its links to the server: it can serve rooms. */
  readonly isReady: boolean;
}

/** The owner of one slot; undefined if nobody owns it. The epoch grows with each change of the owner. */
export interface SlotOwner {
  readonly owner: NodeId | undefined;
  readonly epoch: number;
}

/** A slot that a node owns, with its epoch. */
export interface OwnedSlot {
  readonly slot: number;
  readonly epoch: number;
}

/** Nodes and slots as they were at one moment. */
export interface ClusterView {
  /** Grows with each change of nodes or slots. */
  readonly version: number;
  readonly nodes: readonly ClusterNode[];
  /** By number of the slot. */
  readonly slots: readonly SlotOwner[];
}

/** A share of the slots for a node. */
export interface SlotShare {
  readonly to: NodeId;
  readonly slots: readonly number[];
}

/**
 * Reads and changes the tables on behalf of one registered process. Methods reject with `StorageError`; a change may have been
 * made then nevertheless, or be made later.
 */
export interface ClusterTables {
  /** The registration of this process. */
  readonly self: ClusterNode;
  /** A random text that all nodes of the database know, and nobody else. */
  readonly secret: string;
  read(): Promise<ClusterView>;
  /** Calls `listener` with the version of the tables at each renewal of the lease. */
  onVersion(listener: (version: number) => void): void;
  /** Notes that this node is ready. */
  announceReady(): Promise<void>;
  /** Notes that this node gives its slots away and takes none. */
  announceLeaving(): Promise<void>;
  /** Takes those of the slots that nobody owns. */
  claim(slots: readonly number[]): Promise<void>;
  /**
   * Gives slots that this node owns to another node. Changes nothing, and resolves with false, unless this node is registered
   * and owns them all in these epochs, the other one is registered, and `confirmed` has all other nodes: users of a
   * node that has come meanwhile could see what they were sent before after what the new owner sends. With the epochs, a call that rejected and is carried
   * out late takes nothing from this node that it serves again.
   */
  give(to: NodeId, slots: readonly OwnedSlot[], confirmed: readonly NodeId[]): Promise<boolean>;
  /**
   * Watches other nodes, in place of those watched before. When one has ended or gone silent, removes its registration, so
   * that none of its commits succeeds any more, and gives its slots to the heirs; slots without an heir, or whose heir is not
   * registered, belong to nobody. `buried` is called after that, unless another node was faster.
   */
  watch(nodes: readonly NodeId[]): void;
  /** `heirs` says who gets the slots of a node. */
  onSilence(handlers: BurialHandlers): void;
}

export interface BurialHandlers {
  heirs(dead: NodeId): readonly SlotShare[];
  buried(dead: NodeId): void;
}
