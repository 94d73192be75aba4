/** Returns a text in the form in which searches for rooms compare it. */
export const comparedText = (text: string): string => text.normalize("NFKC").toLowerCase();
