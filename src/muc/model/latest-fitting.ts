/**
 * The last of a list: at most so many, and as many as fit into so many characters of JSON. A note is written whole at
 * each change, and its texts come from users.
 */
export function latestFitting<T>(
  all: readonly T[],
  most: number,
  characters = NOTE_CHARACTERS,
): readonly T[] {
  const latest = all.slice(-most);
  let sum = 0;
  const tooMuch = latest.findLastIndex((each) => {
    sum += JSON.stringify(each).length + 1;
    return sum > characters;
  });
  return latest.slice(tooMuch + 1);
}

/** The most characters of a note that is a list of what users do. */
export const NOTE_CHARACTERS = 65_536;
