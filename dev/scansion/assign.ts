/**
 * Assigns a different matching column to as many rows as possible, by augmenting paths. `fits[row][column]` is true for
 * a match. Returns each row's column; undefined for rows without one.
 */
export function assign(fits: readonly (readonly boolean[])[]): (number | undefined)[] {
  const rowOf = new Map<number, number>();
  const place = (row: number, tried: Set<number>): boolean => {
    for (const [column, fit] of (fits[row] ?? []).entries()) {
      if (!fit || tried.has(column)) continue;
      tried.add(column);
      const holder = rowOf.get(column);
      if (holder === undefined || place(holder, tried)) {
        rowOf.set(column, row);
        return true;
      }
    }
    return false;
  };
  for (const row of fits.keys()) place(row, new Set());
  const result: (number | undefined)[] = fits.map(() => undefined);
  for (const [column, row] of rowOf) result[row] = column;
  return result;
}
