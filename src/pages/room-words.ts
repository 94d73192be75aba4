// Words that several pages have about rooms.

/** Returns the name of a room for people. */
export const nameOf = ({ node, config }: { node: string; config: { name: string } }): string =>
  config.name || node;

/** Writes how many are in a room. */
export const countOf = (users: number): string =>
  users === 0
    ? "Nobody is here now"
    : users === 1
      ? "One person is here now"
      : `${users} people are here now`;

const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

/** Returns the English name of a language; the tag itself if it has none. */
export function languageName(tag: string): string {
  try {
    return languages.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
