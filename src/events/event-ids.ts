import { randomBytes } from "node:crypto";

/** Makes ids of events, which grow in the order of text: time, number, process. */
export class EventIds {
  readonly #process = randomBytes(4).toString("hex");
  #time = 0;
  #number = 0;

  /** `now`: milliseconds since 1970. A clock that is set back does not lead to smaller ids. */
  next(now: number): string {
    if (now > this.#time) {
      this.#time = now;
      this.#number = 0;
    } else this.#number += 1;
    const [time, number] = [this.#time, this.#number].map((value) => value.toString(36));
    return `${time?.padStart(9, "0")}-${number?.padStart(6, "0")}-${this.#process}`;
  }
}
