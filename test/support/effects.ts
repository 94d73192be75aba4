// The output of effects for tests: all rooms together, in order.
import type { AddressedStanza, DirectOutput, Effects, StoreQuery } from "../../src/muc/model/effects.ts";
import { nextRecipients, writeBroadcast } from "../../src/muc/model/output-text.ts";

/** A stanza, or a broadcast with its recipients at the time when it was added. */
export type Outgoing = string | (AddressedStanza & { readonly to: readonly string[] });

const outputsOf = ({ roomOutputs }: Effects): DirectOutput[] =>
  roomOutputs
    .flatMap(({ outputs }) => outputs)
    .flatMap((output) => (output.kind === "deferred" ? output.render() : [output]));

function outgoing(output: DirectOutput): Outgoing[] {
  switch (output.kind) {
    case "stanza":
      return [output.xml];
    case "broadcast":
      return [{ head: output.head, tail: output.tail, to: nextRecipients(output.to).found }];
    case "batch":
      return output.stanzas.map(({ head, tail }) => ({ head, tail, to: [output.to] }));
    case "query":
    case "marker":
      return [];
  }
}

export const outgoingOf = (effects: Effects): Outgoing[] => outputsOf(effects).flatMap(outgoing);

export const storeQueriesOf = (effects: Effects): StoreQuery[] =>
  outputsOf(effects).filter((output) => output.kind === "query");

/** Returns the stanzas of one entry as one text. */
export const writeOutgoing = (entry: string | AddressedStanza): string =>
  typeof entry === "string" ? entry : writeBroadcast(entry);
