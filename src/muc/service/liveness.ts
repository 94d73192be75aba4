// Signs of life of the clients in the rooms (XEP-0045 section 18.1.2): one list for the whole service, so that a client
// in many quiet rooms is asked once.

/** What a client was asked. Its answer has this id. */
export interface PingRequest {
  readonly id: string;
  readonly kind: "ping" | "info";
  /** In milliseconds, as `RoomEnvironment.elapsed`; so are all times here. */
  readonly at: number;
}

/** One client that is in a room, at least when it was met last. */
export interface Client {
  /** When it was heard of last. */
  seenAt: number;
  ping: PingRequest | undefined;
  /** Known to be gone: every room removes it. */
  gone: boolean;
  /** The round in which it was met last. */
  round: number;
}

export class Liveness {
  readonly #clients = new Map<string, Client>();
  #round = 0;

  /** A client in a room by full JID; one that was not known counts as seen now. */
  client(jid: string, now: number): Client {
    let client = this.#clients.get(jid);
    if (!client) {
      client = { seenAt: now, ping: undefined, gone: false, round: this.#round };
      this.#clients.set(jid, client);
    }
    client.round = this.#round;
    return client;
  }

  knows(jid: string): boolean {
    return this.#clients.has(jid);
  }

  /** A client has sent something. */
  seen(jid: string, now: number): void {
    const client = this.client(jid, now);
    client.seenAt = now;
    client.ping = undefined;
    client.gone = false;
  }

  /** The link to the server was lost for a while: answers may be lost, and clients gone. Everybody is to be asked anew. */
  askAllAgain(): void {
    for (const client of this.#clients.values()) {
      client.seenAt = Number.NEGATIVE_INFINITY;
      client.ping = undefined;
    }
  }

  /** All rooms have been gone through: clients that were met in none of them are forgotten. */
  nextRound(): void {
    for (const [jid, client] of this.#clients) if (client.round < this.#round) this.#clients.delete(jid);
    this.#round += 1;
  }
}
