// Formats of notes, the texts that features store with a room (`Room.notes`).

export interface NoteFormat {
  readonly name: string;
  /** Describes why a text is invalid; undefined if it is valid. */
  problemIn(text: string): string | undefined;
  /**
   * Returns a replacement for an invalid text, for notes that are not safe to leave out. `now` in milliseconds since
   * 1970.
   */
  instead?(now: number): string;
}

/** Makes the format of a note that is not JSON. `expected` completes the message "expected ...". */
export function textNote(
  name: string,
  expected: string,
  isValid: (text: string) => boolean,
  instead?: NoteFormat["instead"],
): NoteFormat {
  const problemIn = (text: string) => (isValid(text) ? undefined : `expected ${expected}`);
  return { name, problemIn, ...(instead && { instead }) };
}
