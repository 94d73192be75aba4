// Whom a room speaks to. A room of thousands says the same to nearly the same people again and again, and what it says
// is written later: so what is said shares one list, and knows from when on somebody is not in it any more.
import type { ClientSet, Recipients } from "../model/effects.ts";
import type { Occupant } from "../room/occupant.ts";

/** One client, from when it has come, or what it is told has changed, until that ends. */
interface Place {
  readonly jid: string;
  readonly occupant: Occupant;
  readonly seesJids: boolean;
  /** Whether it has asked for the versions of the lists of affiliations (XEP-0463); it is told them where it sees real JIDs. */
  readonly wantsVersions: boolean;
  /** The number of the ending that it was; 0 as long as it lasts. */
  ended: number;
}

/** Fewer places are not worth being gone through again. */
const MIN_SWEPT = 64;

/** The clients in a room, by what they are told. Takes a moment for each change, however many there are. */
export class Audience {
  /** What there was is never changed but by `ended`: so those who were told of it before know who was there. */
  #places: Place[] = [];
  readonly #present = new Map<string, Place>();
  #seeing = 0;
  #wantingVersions = 0;
  #toldVersions = 0;
  #endings = 0;

  /** A client has come, or belongs to another occupant, or sees what it has not seen, or not any more. */
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
    // Those who were told of the list before keep it.
    if (length > MIN_SWEPT && length > 2 * this.#present.size) this.#places = [...this.#present.values()];
  }

  /** Whether anybody has asked for versions (XEP-0463). */
  get wantsVersions(): boolean {
    return this.#wantingVersions > 0;
  }

  /** Everybody who is there now. */
  everybody(): Recipients {
    return new Part(this.besides(), this.#present.size, {});
  }

  /** Whether a client is in the room. */
  has(jid: string): boolean {
    return this.#present.has(jid);
  }

  /** Those who see real JIDs (`true`) or do not (`false`), an occupant's own clients left out. */
  seeing(seesJids: boolean, except?: Occupant): Recipients {
    return this.besides(except).seeing(seesJids);
  }

  /** Who is there now, an occupant's own clients left out. */
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
  /** Of those who see. */
  readonly toldVersions: number;
}

/** Who was there at one moment: those who see real JIDs, and those who do not. */
export class Moment {
  readonly #places: readonly Place[];
  readonly length: number;
  readonly #endings: number;
  readonly #counts: Counts;
  /** Who is there now. */
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

  /** How many there were. */
  get count(): number {
    return this.#counts.seeing + this.#counts.blind;
  }

  seeing(seesJids: boolean): Recipients {
    return new Part(this, seesJids ? this.#counts.seeing : this.#counts.blind, { seesJids });
  }

  /** Of those who saw real JIDs, those who are told versions (XEP-0463), or the others. */
  wantingVersions(wantsVersions: boolean): Recipients {
    const { seeing, toldVersions } = this.#counts;
    const count = wantsVersions ? toldVersions : seeing - toldVersions;
    return new Part(this, count, { seesJids: true, wantsVersions });
  }

  /** What there was at a place of the list, where somebody was there at that moment. */
  placeAt(index: number): Place | undefined {
    const place = this.#places[index];
    if (!place || place.occupant === this.#except) return undefined;
    return place.ended === 0 || place.ended > this.#endings ? place : undefined;
  }
}

/**
 * Those of whom one thing is so, or everybody. Only what tells of others is for some: so who has left need not be told
 * it late. A room that thousands leave at once would tell each of them of all who went before.
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
