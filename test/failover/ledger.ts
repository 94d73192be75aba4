// What users sent and heard over all failovers, compared with what is kept.
export interface Message {
  readonly stanzaId: string;
  /** The sender's own id. */
  readonly id: string;
}

/** Outcomes of messages between two comparisons. */
export interface Outcome {
  readonly sent: number;
  /** The longest time without a message that somebody heard, in milliseconds. */
  readonly pause: number;
  /** Messages that are kept, and nobody heard. */
  readonly keptUnseen: number;
  /** Messages that are not kept: the number by the error that their senders got. */
  readonly refused: ReadonlyMap<string, number>;
  /** Messages that are not kept, and whose senders got no answer. */
  readonly lost: number;
}

interface Sent {
  isHeard: boolean;
  error?: string;
}

/** What one client heard in one room: the latest place in the archive, and all places. */
interface Hearing {
  latest: number;
  readonly places: Set<number>;
  waiting: Message[];
}

export class Ledger {
  /** What must not happen, with the room and the client. */
  readonly findings: string[] = [];
  /** The highest id that somebody heard. */
  latestHeard = 0;
  readonly #sent = new Map<string, Sent>();
  readonly #hearings = new Map<string, Hearing>();
  /** The places of kept messages in their room's archive, by stanza-id. */
  readonly #places = new Map<string, number>();
  readonly #keptIds = new Set<string>();
  #heardAt: number[] = [];

  /** Notes a message that a user sent. */
  send(id: string): void {
    this.#sent.set(id, { isHeard: false });
  }

  /** Notes an error that came for a stanza. */
  refuse(id: string, error: string): void {
    const sent = this.#sent.get(id);
    if (sent) sent.error = error;
  }

  /** Notes that a client was told that somebody left a room. Nobody leaves in this test. */
  depart(occupant: string, client: string): void {
    this.findings.push(`${client} was told that ${occupant} left`);
  }

  /** Notes a message that a client heard. */
  hear(node: string, client: string, message: Message): void {
    this.latestHeard = Math.max(this.latestHeard, Number(message.id));
    this.#heardAt.push(performance.now());
    const sent = this.#sent.get(message.id);
    if (sent) sent.isHeard = true;
    const key = `${node} ${client}`;
    const hearing = this.#hearings.get(key) ?? { latest: -1, places: new Set(), waiting: [] };
    this.#hearings.set(key, hearing);
    hearing.waiting.push(message);
  }

  /**
   * Compares with the messages that are kept in addition since the last comparison, by node and in order. Everything
   * sent so far must have arrived or be lost.
   */
  compare(kept: ReadonlyMap<string, readonly Message[]>): Outcome {
    for (const [node, messages] of kept) for (const message of messages) this.#keep(node, message);
    for (const [key, hearing] of this.#hearings) {
      for (const message of hearing.waiting) this.#check(key, hearing, message);
      hearing.waiting = [];
    }
    const outcome = { sent: this.#sent.size, pause: longestGap(this.#heardAt), keptUnseen: 0, lost: 0 };
    const refused = new Map<string, number>();
    for (const [id, { isHeard, error }] of this.#sent) {
      if (this.#keptIds.has(id)) {
        if (!isHeard) outcome.keptUnseen += 1;
        if (error !== undefined) this.findings.push(`${id} is kept, and its sender got ${error}`);
      } else if (error === undefined) outcome.lost += 1;
      else refused.set(error, (refused.get(error) ?? 0) + 1);
    }
    this.#sent.clear();
    this.#heardAt = [];
    return { ...outcome, refused };
  }

  #keep(node: string, { stanzaId, id }: Message): void {
    if (this.#keptIds.has(id)) this.findings.push(`${node}: ${id} is kept twice`);
    this.#keptIds.add(id);
    this.#places.set(stanzaId, this.#places.size);
  }

  #check(key: string, hearing: Hearing, { stanzaId, id }: Message): void {
    const place = this.#places.get(stanzaId);
    if (place === undefined) this.findings.push(`${key}: ${id} was heard and is not kept`);
    else if (hearing.places.has(place)) this.findings.push(`${key}: ${id} was heard twice`);
    else if (place < hearing.latest) this.findings.push(`${key}: ${id} was heard out of order`);
    else {
      hearing.places.add(place);
      hearing.latest = place;
    }
  }
}

/** Returns the longest time between two successive instants; 0 if there are none. */
function longestGap(instants: readonly number[]): number {
  return instants.reduce((longest, at, index) => Math.max(longest, at - (instants[index - 1] ?? at)), 0);
}
