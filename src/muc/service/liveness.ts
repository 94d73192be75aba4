// Liveness of clients (XEP-0045 section 18.1.2): one list for the whole service, so that a client in many quiet rooms
// gets one ping.

/** An unanswered ping or disco#info request to a client. */
export interface PingRequest {
  readonly id: string;
  readonly kind: "ping" | "info";
  /** Time of the request in milliseconds, as `RoomEnvironment.elapsed`, like all times here. */
  readonly at: number;
}

/** A client that is in a room, or was until recently. */
export interface Client {
  /** Time of its last stanza. */
  seenAt: number;
  ping: PingRequest | undefined;
  /** True if it is known to be gone: every room removes it. */
  gone: boolean;
  /** Last round in which it was in a room. */
  round: number;
}

/** Records when clients were last seen. A round visits all rooms once. */
export class Liveness {
  readonly #clients = new Map<string, Client>();
  #round = 0;

  /**
   * Returns the record of a client in a room (full JID), and marks it for this round. A new client counts as seen now.
   */
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

  /** Records that a client has sent something. */
  seen(jid: string, now: number): void {
    const client = this.client(jid, now);
    client.seenAt = now;
    client.ping = undefined;
    client.gone = false;
  }

  /**
   * Makes all clients due for a ping, after the connection to the server was lost: answers and departures may be lost.
   */
  askAllAgain(): void {
    for (const client of this.#clients.values()) askAgain(client);
  }

  /** Makes a client due for a ping, after a room that may have pinged it has moved to another process: so do the answers. */
  askElsewhere(jid: string): void {
    const client = this.#clients.get(jid);
    if (!client) return;
    askAgain(client);
    client.gone = false; // it may come back through the other process
  }

  /** Ends a round: drops the clients that were in no room during it. */
  nextRound(): void {
    for (const [jid, client] of this.#clients) if (client.round < this.#round) this.#clients.delete(jid);
    this.#round += 1;
  }
}

function askAgain(client: Client): void {
  client.seenAt = Number.NEGATIVE_INFINITY;
  client.ping = undefined;
}
