import type { Node } from "./strict-xml.ts";

/** One outgoing stanza as its recipient reads it. */
export interface Received {
  readonly stanza: Node;
  readonly text: string;
  readonly to: string;
  /** The room's address, and the nickname it is from ("" for the room itself). */
  readonly room: string;
  readonly nick: string;
}

/** Throws with the rule and the facts where the rule does not hold. */
export function ensure(holds: boolean, rule: string, ...facts: unknown[]): void {
  if (!holds) throw new Error([rule, ...facts.map(String)].join("\n    "));
}
