/**
 * A map for many instances that mostly hold one entry or none. It takes 48 bytes up to one entry, where a `Map` takes
 * 184; with the second entry it switches to a `Map`. Entries are in order of insertion.
 */
export class SmallMap<K extends string, V> implements ReadonlyMap<K, V> {
  /** The only entry. */
  #key: K | undefined;
  #value: V | undefined;
  /** All entries, once there was more than one. */
  #all: Map<K, V> | undefined;

  get size(): number {
    return this.#all?.size ?? (this.#key === undefined ? 0 : 1);
  }

  has(key: K): boolean {
    return this.#all?.has(key) ?? key === this.#key;
  }

  get(key: K): V | undefined {
    if (this.#all) return this.#all.get(key);
    return key === this.#key ? this.#value : undefined;
  }

  /** Value of the last entry. */
  get last(): V | undefined {
    if (!this.#all) return this.#value;
    let last: V | undefined;
    for (const value of this.#all.values()) last = value;
    return last;
  }

  /** Keys as a list. */
  get list(): K[] {
    if (this.#all) return [...this.#all.keys()];
    return this.#key === undefined ? [] : [this.#key];
  }

  set(key: K, value: V): this {
    if (this.#all) this.#all.set(key, value);
    else if (this.#key === undefined || this.#key === key) {
      this.#key = key;
      this.#value = value;
    } else {
      this.#all = new Map(this.entries()).set(key, value);
      this.#key = undefined;
      this.#value = undefined;
    }
    return this;
  }

  delete(key: K): boolean {
    const isKnown = this.#all?.delete(key) ?? key === this.#key;
    if (isKnown && (this.#all?.size ?? 0) === 0) this.clear();
    return isKnown;
  }

  clear(): void {
    this.#key = undefined;
    this.#value = undefined;
    this.#all = undefined;
  }

  entries(): MapIterator<[K, V]> {
    if (this.#all) return this.#all.entries();
    return (this.#key === undefined ? [] : [[this.#key, this.#value as V] satisfies [K, V]]).values();
  }

  keys(): MapIterator<K> {
    return this.#all?.keys() ?? (this.#key === undefined ? [] : [this.#key]).values();
  }

  values(): MapIterator<V> {
    return this.#all?.values() ?? (this.#key === undefined ? [] : [this.#value as V]).values();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(action: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) action(value, key, this);
  }
}
