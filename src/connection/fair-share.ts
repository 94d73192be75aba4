/** Returns the max-min fair share: the maximum size per item with which all items fit into `space`. */
export function fairShare(sizes: readonly number[], space: number): number {
  let left = space;
  let others = sizes.length;
  for (const size of [...sizes].sort((a, b) => a - b)) {
    if (size * others > left) return left / others;
    left -= size;
    others -= 1;
  }
  return Number.POSITIVE_INFINITY;
}
