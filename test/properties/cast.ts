// Participants of the property tests. Every real JID contains a word ("real3") that occurs nowhere else.

export const SERVICE = "chat.example";

/** A localpart may contain what other languages read as a command, such as "$`" in a replacement. */
export const ROOMS = ["verona", "$`$$", "padua", "mantua"].map((node) => `${node}@${SERVICE}`);

/** Bare JIDs; some share a domain. */
export const USERS = [
  "real0@capulet.example",
  "real1@montague.example",
  "real2@capulet.example",
  "real3@montague.example",
  "real4@verona.example",
  "real5@plague.example",
];

export const ADMIN = USERS[4] ?? "";
/** A user who may not create rooms. */
export const GUEST = USERS[3] ?? "";
/** A domain that is sometimes banned. */
export const BANNED = "plague.example";

/** Full JIDs; each user has two clients. */
export const CLIENTS = USERS.flatMap((bare) => {
  const word = bare.slice(0, 5);
  return [`${bare}/${word}-phone`, `${bare}/${word}-desk`];
});

/** Returns the words of the users whose real JIDs a text contains. */
export function usersNamedIn(text: string): Set<string> {
  const words = new Set<string>();
  if (!text.includes("real") && !/real/i.test(text)) return words;
  for (const [word] of text.matchAll(/real\d/gi)) words.add(word.toLowerCase());
  return words;
}

/** Returns the word of a user or client; undefined for other addresses. */
export const wordOf = (jid: string): string | undefined => /^real\d/.exec(jid)?.[0];
