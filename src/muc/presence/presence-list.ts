import type { Batch, ClientSet, Deferred } from "../model/effects.ts";
import type { OccupantPresence } from "./occupant-presence.ts";

/** Number of presences that are sampled to estimate the size of a long list. */
const SAMPLES = 20;

/** The presences of many occupants, for one client. Leaves out presences that are added to the list later. */
export class PresenceList implements Deferred {
  readonly kind = "deferred";
  readonly #list: readonly OccupantPresence[];
  readonly #length: number;
  readonly #to: string;
  readonly #inside: ClientSet;
  readonly #own: OccupantPresence | undefined;

  /** `inside`: the clients in the room. `own`: the viewer's own presence, which is left out. */
  constructor(list: readonly OccupantPresence[], to: string, inside: ClientSet, own?: OccupantPresence) {
    this.#list = list;
    this.#length = list.length;
    this.#to = to;
    this.#inside = inside;
    this.#own = own;
  }

  get count(): number {
    return this.#length - (this.#own ? 1 : 0);
  }

  get size(): number {
    const step = Math.ceil(this.#length / SAMPLES);
    let size = 0;
    for (let place = 0; place < this.#length; place += step) size += this.#list[place]?.size ?? 0;
    return Math.ceil(size / Math.ceil(this.#length / step));
  }

  render(): Batch[] {
    const stanzas = this.#list.slice(0, this.#length).filter((presence) => presence !== this.#own);
    return [{ kind: "batch", stanzas, to: this.#to, onlyWhileInside: this.#inside }];
  }
}
