// The lists of recipients that the multicast service has. A room sends to nearly the same recipients again and again, so a
// list is told once and then changed.

/** What to tell the service, so that it delivers to the recipients. */
export interface ListUse {
  readonly id: number;
  /** The version after the changes; 1 for a new list. */
  readonly version: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Those in the list who get nothing this time. */
  readonly except: readonly string[];
  /** Lists that the service shall forget before. */
  readonly forgotten: readonly number[];
  /** Recipients for whom there was no space, with another list. */
  readonly rest: readonly string[];
}

interface List {
  readonly id: number;
  version: number;
  /** Each recipient with the number of its latest use. */
  readonly members: Map<string, number>;
  /** Those who got nothing the last time. */
  except: ReadonlySet<string>;
}

/** Lists of one room: for the kinds of viewers, and parts of a long list. */
const MAX_LISTS = 16;
/** Recipients that are compared to find a list that fits. */
const SAMPLES = 8;
/** Number of missing recipients above which they are removed at once. */
const MAX_EXCEPT = 4;

export class RecipientLists {
  readonly #maxAddresses: number;
  /** The lists of each room, the latest used last; so are the rooms. */
  readonly #rooms = new Map<string, List[]>();
  #addresses = 0;
  #uses = 0;
  #lastId = 0;

  /** `maxAddresses`: in all lists. */
  constructor(maxAddresses: number) {
    this.#maxAddresses = maxAddresses;
  }

  /**
   * Returns what to tell the service; undefined if there is no space for any recipient. `sizeOf` says how much of `space`
   * a new one takes.
   */
  use(
    node: string,
    recipients: readonly string[],
    space: number,
    sizeOf: (jid: string) => number,
  ): ListUse | undefined {
    const lists = this.#rooms.get(node) ?? [];
    const { list: known, fresh, missing, left } = this.#compare(lists, recipients, space, sizeOf);
    const { added, rest } = fitting(fresh, left, sizeOf);
    const isEmpty = known === undefined && added.length === 0;
    if (isEmpty || added.length + (known?.members.size ?? 0) > this.#maxAddresses) return undefined;
    this.#rooms.delete(node);
    this.#rooms.set(node, lists);
    const forgotten = this.#makeSpace(lists, added.length, known);
    const list = known ?? this.#newList();
    const { removed, except } = this.#remove(list, missing);
    for (const jid of added) list.members.set(jid, this.#uses);
    this.#addresses += added.length;
    if (added.length + removed.length > 0) list.version += 1;
    if (known) drop(lists, known);
    lists.push(list);
    return { id: list.id, version: list.version, added, removed, except, forgotten, rest };
  }

  /** Finds a list, recipients that are not in it, and its members that are no recipients. */
  #compare(
    lists: readonly List[],
    recipients: readonly string[],
    space: number,
    sizeOf: (jid: string) => number,
  ): { list?: List; fresh: readonly string[]; missing: readonly string[]; left: number } {
    const list = bestOf(lists, recipients);
    if (!list) return { fresh: recipients, missing: [], left: space };
    this.#uses += 1;
    const fresh: string[] = [];
    const missing: string[] = [];
    for (const jid of recipients) {
      if (list.members.has(jid)) list.members.set(jid, this.#uses);
      else fresh.push(jid);
    }
    if (recipients.length - fresh.length < list.members.size)
      for (const [jid, used] of list.members) if (used !== this.#uses) missing.push(jid);
    let left = space;
    for (const jid of missing) left -= sizeOf(jid);
    // Names for whom there is no space need a new list.
    return left < 0 ? { fresh: recipients, missing: [], left: space } : { list, fresh, missing, left };
  }

  #newList(): List {
    this.#lastId += 1;
    return { id: this.#lastId, version: 0, members: new Map(), except: new Set() };
  }

  /** Forgets the lists that were not used for longest, so that `count` more addresses have space; returns their ids. */
  #makeSpace(own: List[], count: number, known: List | undefined): number[] {
    const forgotten: number[] = [];
    const forget = (lists: List[], list: List): void => {
      drop(lists, list);
      this.#addresses -= list.members.size;
      forgotten.push(list.id);
    };
    if (!known && own[0] && own.length >= MAX_LISTS) forget(own, own[0]);
    for (const [node, lists] of this.#rooms) {
      for (const list of [...lists]) {
        if (this.#addresses + count <= this.#maxAddresses) return forgotten;
        if (list !== known) forget(lists, list);
      }
      if (lists !== own) this.#rooms.delete(node);
    }
    return forgotten;
  }

  /**
   * Removes those who get nothing. Somebody is left out once, as for its own presence; the second time, or together with
   * many, it is removed.
   */
  #remove(list: List, missing: readonly string[]): Pick<ListUse, "removed" | "except"> {
    const isRemoved = (jid: string): boolean => missing.length > MAX_EXCEPT || list.except.has(jid);
    const removed = missing.filter(isRemoved);
    const except = missing.filter((jid) => !isRemoved(jid));
    for (const jid of removed) list.members.delete(jid);
    this.#addresses -= removed.length;
    list.except = new Set(except);
    return { removed, except };
  }
}

/** Splits recipients into those who fit into the space, and the rest. */
function fitting(
  recipients: readonly string[],
  space: number,
  sizeOf: (jid: string) => number,
): { added: string[]; rest: string[] } {
  const added: string[] = [];
  const rest: string[] = [];
  let left = space;
  for (const jid of recipients) {
    left -= sizeOf(jid);
    (left >= 0 ? added : rest).push(jid);
  }
  return { added, rest };
}

function drop(lists: List[], list: List): void {
  lists.splice(lists.indexOf(list), 1);
}

/** Returns the list that has most of some recipients, and not many others; undefined if no list has half of them. */
function bestOf(lists: readonly List[], recipients: readonly string[]): List | undefined {
  const samples = recipients.length < SAMPLES ? recipients : sampleOf(recipients);
  let best: { readonly list: List; readonly hits: number; readonly difference: number } | undefined;
  for (const list of lists) {
    const { size } = list.members;
    const hits = samples.filter((jid) => list.members.has(jid)).length;
    const difference = Math.abs(size - recipients.length);
    if (hits * 2 < samples.length || size > 2 * recipients.length + MAX_EXCEPT) continue;
    if (!best || hits > best.hits || (hits === best.hits && difference < best.difference))
      best = { list, hits, difference };
  }
  return best?.list;
}

const sampleOf = (recipients: readonly string[]): string[] =>
  Array.from(
    { length: SAMPLES },
    (_, n) => recipients[Math.floor((n * recipients.length) / SAMPLES)] as string,
  );
