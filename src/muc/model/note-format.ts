// What the texts are that rooms keep under a name (`Room.notes`).

export interface NoteFormat {
  readonly name: string;
  /** Why a text is none of this kind; undefined where it is one. */
  problemIn(text: string): string | undefined;
  /** What is taken instead of a text that is none, where nothing would not be safe; `now` in milliseconds since 1970. */
  instead?(now: number): string;
}

/** A note that is no JSON. `expected` completes "expected ...". */
export function textNote(
  name: string,
  expected: string,
  holds: (text: string) => boolean,
  instead?: NoteFormat["instead"],
): NoteFormat {
  const problemIn = (text: string) => (holds(text) ? undefined : `expected ${expected}`);
  return { name, problemIn, ...(instead && { instead }) };
}
