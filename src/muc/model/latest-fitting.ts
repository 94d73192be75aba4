/**
 * Returns the last items of a list: at most `maxItems`, and only as many as fit into `characters` of JSON. Bounds notes:
 * each change writes the whole note, and users supply its texts.
 */
export function latestFitting<T>(
  all: readonly T[],
  maxItems: number,
  characters = NOTE_CHARACTERS,
): readonly T[] {
  const latest = all.slice(-maxItems);
  let sum = 0;
  const lastExcess = latest.findLastIndex((each) => {
    sum += JSON.stringify(each).length + 1;
    return sum > characters;
  });
  return latest.slice(lastExcess + 1);
}

/** Maximum length, in characters, of a note that lists users' actions. */
export const NOTE_CHARACTERS = 65_536;
