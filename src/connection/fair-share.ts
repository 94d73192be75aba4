/** The size to which the biggest have to be cut so that all fit into `space` (max-min fairness). */
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
