// What each user hears of each sender in each room, compared with what was sent.

/** A message: its sender sends them to a room with numbers from 1 on. */
export interface Said {
  readonly room: string;
  readonly sender: string;
  readonly number: number;
}

export class OrderCheck {
  readonly findings: string[] = [];
  /** The number of the latest message, by room and sender. */
  readonly #sent = new Map<string, number>();
  /** The number of the latest message that a recipient has heard, by recipient, room and sender. */
  readonly #heard = new Map<string, number>();
  /** Messages that a recipient has missed so far, or that were refused. */
  readonly #missed = new Map<string, Set<number>>();
  readonly #refused = new Map<string, Set<number>>();
  #heardCount = 0;

  /** Number of messages that were heard, one for each recipient. */
  get heardCount(): number {
    return this.#heardCount;
  }

  /** Notes a message that is sent, and returns its number. */
  send(room: string, sender: string): number {
    const stream = `${room} ${sender}`;
    const number = (this.#sent.get(stream) ?? 0) + 1;
    this.#sent.set(stream, number);
    return number;
  }

  refuse({ room, sender, number }: Said): void {
    setIn(this.#refused, `${room} ${sender}`).add(number);
  }

  hear(recipient: string, { room, sender, number }: Said): void {
    const stream = `${room} ${sender}`;
    const place = `${recipient} ${stream}`;
    this.#heardCount += 1;
    const latest = this.#heard.get(place) ?? 0;
    if (number <= latest) {
      const isLate = this.#missed.get(place)?.delete(number);
      this.findings.push(`${recipient} heard ${stream} ${number} ${isLate ? `behind ${latest}` : "twice"}`);
      return;
    }
    for (let missing = latest + 1; missing < number; missing += 1) setIn(this.#missed, place).add(missing);
    this.#heard.set(place, number);
  }

  /** Returns true if every recipient has heard the latest message of each sender in each room, or it was refused. */
  isCaughtUp(recipients: readonly string[]): boolean {
    return [...this.#sent].every(([stream, number]) =>
      recipients.every((recipient) => {
        const heard = this.#heard.get(`${recipient} ${stream}`) ?? 0;
        for (let later = heard + 1; later <= number; later += 1)
          if (!this.#refused.get(stream)?.has(later)) return false;
        return true;
      }),
    );
  }

  /** Counts the messages that some recipient has not heard, without those that were refused, and begins to count anew. */
  takeLost(recipients: readonly string[]): number {
    const lost = new Set<string>();
    for (const [stream, number] of this.#sent)
      for (const recipient of recipients) {
        const place = `${recipient} ${stream}`;
        const missed = this.#missed.get(place) ?? new Set();
        for (let later = (this.#heard.get(place) ?? 0) + 1; later <= number; later += 1) missed.add(later);
        this.#heard.set(place, number);
        for (const each of missed) if (!this.#refused.get(stream)?.has(each)) lost.add(`${stream} ${each}`);
      }
    this.#missed.clear();
    this.#refused.clear();
    return lost.size;
  }
}

function setIn(map: Map<string, Set<number>>, key: string): Set<number> {
  const found = map.get(key);
  if (found) return found;
  const made = new Set<number>();
  map.set(key, made);
  return made;
}
