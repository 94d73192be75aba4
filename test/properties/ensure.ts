import type { Node } from "./strict-xml.ts";

/** An outgoing stanza as its recipient reads it. */
export interface Received {
  readonly stanza: Node;
  readonly text: string;
  readonly to: string;
  /** Room address and nickname of the sender ("" for the room itself). */
  readonly room: string;
  readonly nick: string;
}

/** Throws an error with the rule and the facts if the rule does not hold. */
export function ensure(holds: boolean, rule: string, ...facts: unknown[]): void {
  if (!holds) throw new Error([rule, ...facts.map(String)].join("\n    "));
}
