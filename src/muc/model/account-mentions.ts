// Finds an account (bare JID) in texts: the address itself, not a longer one that contains it.

/** Matches an account. Letters, digits and marks before or after it would make it another address. */
function patternOf(account: string): RegExp {
  const escaped = account.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}._+-])${escaped}(?![\\p{L}\\p{N}-]|\\.[\\p{L}\\p{N}])`, "gu");
}

/** Returns true if a text has the address. */
export const mentions = (text: string, account: string): boolean =>
  text.includes(account) && patternOf(account).test(text);

/** Replaces the address in a text. */
export const withoutAccount = (text: string, account: string, instead: string): string =>
  text.includes(account) ? text.replace(patternOf(account), () => instead) : text;
