// Whom a room speaks to. A room of thousands says the same to nearly the same people again and again, and what it says
// is written later: so what is said shares one list, and knows from when on somebody is not in it any more.
import type { Recipients } from "./effects.ts";
import type { Occupant } from "./occupant.ts";

/** One client, from when it has come, or its sight has changed, until that ends. */
interface Place {
  readonly jid: string;
  readonly occupant: Occupant;
  readonly seesJids: boolean;
  /** The number of the ending that it was; 0 as long as it lasts. */
  ended: number;
}

/** Fewer places are not worth being gone through again. */
const MIN_SWEPT = 64;

/** The clients in a room, by whether they see real JIDs. Takes a moment for each change, however many there are. */
export class Audience {
  /** What there was is never changed but by `ended`: so those who were told of it before know who was there. */
  #places: Place[] = [];
  readonly #present = new Map<string, Place>();
  #seeing = 0;
  #endings = 0;

  /** A client has come, or belongs to another occupant, or sees what it has not seen, or not any more. */
  enter(jid: string, occupant: Occupant, seesJids: boolean): void {
    const before = this.#present.get(jid);
    if (before?.occupant === occupant && before.seesJids === seesJids) return;
    if (before) this.leave(jid);
    const place = { jid, occupant, seesJids, ended: 0 };
    this.#places.push(place);
    this.#present.set(jid, place);
    if (seesJids) this.#seeing += 1;
  }

  leave(jid: string): void {
    const place = this.#present.get(jid);
    if (!place) return;
    this.#endings += 1;
    place.ended = this.#endings;
    this.#present.delete(jid);
    if (place.seesJids) this.#seeing -= 1;
    const { length } = this.#places;
    // Those who were told of the list before keep it.
    if (length > MIN_SWEPT && length > 2 * this.#present.size) this.#places = [...this.#present.values()];
  }

  /** Everybody who is there now. */
  everybody(): Moment {
    return new Moment(this.#places, this.#endings, this.#present.size);
  }

  /** Those who see real JIDs (`true`) or do not (`false`), an occupant's own clients left out. */
  seeing(seesJids: boolean, except?: Occupant): Moment {
    let count = seesJids ? this.#seeing : this.#present.size - this.#seeing;
    for (const jid of except?.sessions.keys() ?? []) {
      const own = this.#present.get(jid);
      if (own?.occupant === except && own?.seesJids === seesJids) count -= 1;
    }
    return new Moment(this.#places, this.#endings, count, seesJids, except);
  }
}

/** Who was there at one moment. */
export class Moment implements Recipients {
  readonly #places: readonly Place[];
  readonly #endings: number;
  readonly #seesJids: boolean | undefined;
  readonly #except: Occupant | undefined;
  /** How many there are. */
  readonly count: number;
  readonly length: number;

  constructor(
    places: readonly Place[],
    endings: number,
    count: number,
    seesJids?: boolean,
    except?: Occupant,
  ) {
    this.#places = places;
    this.#endings = endings;
    this.count = count;
    this.length = places.length;
    this.#seesJids = seesJids;
    this.#except = except;
  }

  at(index: number): string | undefined {
    const place = this.#places[index];
    if (!place || place.occupant === this.#except) return undefined;
    if (this.#seesJids !== undefined && place.seesJids !== this.#seesJids) return undefined;
    return place.ended === 0 || place.ended > this.#endings ? place.jid : undefined;
  }
}
