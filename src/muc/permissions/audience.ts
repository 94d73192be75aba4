// The recipients of a room's output. A large room sends often to nearly the same clients, and its output is written
// later. So all output shares one list, whose entries know when they ended.
import type { ClientSet, Recipients } from "../model/effects.ts";
import type { Occupant } from "../room/occupant.ts";

/** A client with fixed visibility: from its entry or a change of visibility until the next change or its departure. */
interface Place {
  readonly jid: string;
  readonly occupant: Occupant;
  readonly seesJids: boolean;
  /** True if it requested versions of the affiliation lists (XEP-0463). It gets them while it sees real JIDs. */
  readonly wantsVersions: boolean;
  /** Number of the ending of this place; 0 while the place lasts. */
  ended: number;
}

/** Minimum length of a list that is compacted. */
const MIN_SWEPT = 64;

/** The clients in a room by their visibility. A change costs the same for any number of clients. */
export class Audience {
  /** Only `ended` of a place changes, so earlier output still knows its recipients. */
  #places: Place[] = [];
  readonly #present = new Map<string, Place>();
  #seeing = 0;
  #wantingVersions = 0;
  #toldVersions = 0;
  #endings = 0;

  /** Adds a client, or replaces its place after a change of its occupant or visibility. */
  enter(jid: string, occupant: Occupant, seesJids: boolean): void {
    const before = this.#present.get(jid);
    const wantsVersions = occupant.sessions.get(jid)?.wantsVersions === true;
    const isSame = before?.seesJids === seesJids && before.wantsVersions === wantsVersions;
    if (before?.occupant === occupant && isSame) return;
    if (before) this.leave(jid);
    const place = { jid, occupant, seesJids, wantsVersions, ended: 0 };
    this.#places.push(place);
    this.#present.set(jid, place);
    if (seesJids) this.#seeing += 1;
    if (wantsVersions) this.#wantingVersions += 1;
    if (seesJids && wantsVersions) this.#toldVersions += 1;
  }

  leave(jid: string): void {
    const place = this.#present.get(jid);
    if (!place) return;
    this.#endings += 1;
    place.ended = this.#endings;
    this.#present.delete(jid);
    if (place.seesJids) this.#seeing -= 1;
    if (place.wantsVersions) this.#wantingVersions -= 1;
    if (place.seesJids && place.wantsVersions) this.#toldVersions -= 1;
    const { length } = this.#places;
    // Earlier output keeps the old list.
    if (length > MIN_SWEPT && length > 2 * this.#present.size) this.#places = [...this.#present.values()];
  }

  /** True if any client asked for versions (XEP-0463). */
  get wantsVersions(): boolean {
    return this.#wantingVersions > 0;
  }

  /** Returns all clients that are there now. */
  everybody(): Recipients {
    return new Part(this.besides(), this.#present.size, {});
  }

  /** Returns true for a client that is in the room. */
  has(jid: string): boolean {
    return this.#present.has(jid);
  }

  /** Returns clients that see real JIDs (`true`) or do not (`false`), without the clients of one occupant. */
  seeing(seesJids: boolean, except?: Occupant): Recipients {
    return this.besides(except).seeing(seesJids);
  }

  /** Returns the present clients, without those of one occupant. */
  besides(except?: Occupant): Moment {
    let seeing = this.#seeing;
    let blind = this.#present.size - seeing;
    let toldVersions = this.#toldVersions;
    for (const jid of except?.sessions.list ?? []) {
      const own = this.#present.get(jid);
      if (!own || own.occupant !== except) continue;
      if (own.seesJids) seeing -= 1;
      else blind -= 1;
      if (own.seesJids && own.wantsVersions) toldVersions -= 1;
    }
    return new Moment(this.#places, this.#endings, { seeing, blind, toldVersions }, this, except);
  }
}

interface Counts {
  readonly seeing: number;
  readonly blind: number;
  /** Part of `seeing`. */
  readonly toldVersions: number;
}

/** The clients present at one moment: those that saw real JIDs, and those that did not. */
export class Moment {
  readonly #places: readonly Place[];
  readonly length: number;
  readonly #endings: number;
  readonly #counts: Counts;
  /** The clients that are there now. */
  readonly inside: ClientSet;
  readonly #except: Occupant | undefined;

  constructor(
    places: readonly Place[],
    endings: number,
    counts: Counts,
    inside: ClientSet,
    except?: Occupant,
  ) {
    this.#places = places;
    this.length = places.length;
    this.#endings = endings;
    this.#counts = counts;
    this.inside = inside;
    this.#except = except;
  }

  /** Number of clients at that moment. */
  get count(): number {
    return this.#counts.seeing + this.#counts.blind;
  }

  seeing(seesJids: boolean): Recipients {
    return new Part(this, seesJids ? this.#counts.seeing : this.#counts.blind, { seesJids });
  }

  /** Returns the clients that saw real JIDs and got versions (XEP-0463), or the other clients that saw real JIDs. */
  wantingVersions(wantsVersions: boolean): Recipients {
    const { seeing, toldVersions } = this.#counts;
    const count = wantsVersions ? toldVersions : seeing - toldVersions;
    return new Part(this, count, { seesJids: true, wantsVersions });
  }

  /** Returns the place at an index, if its client was there at that moment. */
  placeAt(index: number): Place | undefined {
    const place = this.#places[index];
    if (!place || place.occupant === this.#except) return undefined;
    return place.ended === 0 || place.ended > this.#endings ? place : undefined;
  }
}

/**
 * All clients of a moment, or a part of them. Output for a part is about other occupants, so clients that have left
 * need not get it late. Otherwise, if thousands leave a room at once, each would be told of everybody who left before.
 */
class Part implements Recipients {
  readonly #moment: Moment;
  readonly #seesJids: boolean | undefined;
  readonly #wantsVersions: boolean | undefined;
  readonly count: number;
  readonly length: number;

  constructor(moment: Moment, count: number, which: Partial<Pick<Place, "seesJids" | "wantsVersions">>) {
    this.#moment = moment;
    this.count = count;
    this.length = moment.length;
    this.#seesJids = which.seesJids;
    this.#wantsVersions = which.wantsVersions;
  }

  at(index: number, isLate = false): string | undefined {
    const place = this.#moment.placeAt(index);
    if (!place) return undefined;
    if (this.#seesJids === undefined) return place.jid;
    if (place.seesJids !== this.#seesJids) return undefined;
    if (this.#wantsVersions !== undefined && place.wantsVersions !== this.#wantsVersions) return undefined;
    return !isLate || place.ended === 0 || this.#moment.inside.has(place.jid) ? place.jid : undefined;
  }
}
