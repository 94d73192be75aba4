/** How much one part holds at most. */
export interface PartLimits {
  readonly bytes: number;
  /** Items; any number where it is not given. */
  readonly count?: number;
}

/** Splits a list into parts of so many bytes, as `sizeOf` counts them; an item that is larger has a part of its own. */
export function* inParts<T>(
  items: Iterable<T>,
  sizeOf: (item: T) => number,
  { bytes, count = Number.POSITIVE_INFINITY }: PartLimits,
): Generator<T[]> {
  let part: T[] = [];
  let left = bytes;
  for (const item of items) {
    const size = sizeOf(item);
    if (part.length > 0 && (size > left || part.length >= count)) {
      yield part;
      part = [];
      left = bytes;
    }
    part.push(item);
    left -= size;
  }
  if (part.length > 0) yield part;
}

/** An item of a list as it is written. */
export interface Written<T> {
  readonly item: T;
  readonly text: string;
}

/** The first of a list, or with `fromEnd` the last, in their order and as they are written, as many as fit into so many bytes. */
export function fitting<T>(
  list: readonly T[],
  write: (item: T) => string,
  bytes: number,
  fromEnd = false,
): Written<T>[] {
  const written = writeEach(fromEnd ? list.toReversed() : list, write);
  const [part = []] = inParts(written, ({ text }) => Buffer.byteLength(text), { bytes });
  return fromEnd ? part.toReversed() : part;
}

function* writeEach<T>(items: readonly T[], write: (item: T) => string): Generator<Written<T>> {
  for (const item of items) yield { item, text: write(item) };
}
