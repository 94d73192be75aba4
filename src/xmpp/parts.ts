/** The limits of one part. */
export interface PartLimits {
  readonly bytes: number;
  /** The number of items, unlimited by default. */
  readonly count?: number;
}

/** Splits a list into parts of at most `bytes`, as `sizeOf` counts them. A larger item is a part of its own. */
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

/** An item of a list with its text. */
export interface Written<T> {
  readonly item: T;
  readonly text: string;
}

/** Writes the first items of a list, or the last ones with `fromEnd`, as many as fit into `bytes`. Keeps their order. */
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
