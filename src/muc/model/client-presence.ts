/** The content of a client's presence: its elements as markup, and their language. */
export interface ClientPresence {
  readonly payload: string;
  readonly language: string | undefined;
}

export const EMPTY_PRESENCE: ClientPresence = { payload: "", language: undefined };
