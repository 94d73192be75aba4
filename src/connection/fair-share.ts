/** Returns the max-min fair share: the size to which the largest must be cut for all to fit into `space`. */
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
