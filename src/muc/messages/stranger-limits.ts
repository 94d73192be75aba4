// Limits of what one message of a user without affiliation may hold. An owner may set lower ones than the operator.
import { type Element, namespaceOf, sizeOf } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say, type Text } from "../../xmpp/text.ts";
import type { RefusalRule } from "../model/refusal-counts.ts";
import { isStranger } from "../permissions/standing.ts";
import type { Occupant } from "../room/occupant.ts";
import { ownerLimit } from "../room/owner-limit.ts";
import type { Room } from "../room/room.ts";
import type { RelayedMessage } from "./room-message.ts";

interface Excess {
  readonly rule: RefusalRule;
  readonly text: Text;
}

/** Refuses a message of a stranger that is too long, or mentions too many occupants. */
export function refuseExcessOfStranger(
  room: Room,
  sender: Occupant,
  { elements }: Pick<RelayedMessage, "elements">,
): StanzaError | undefined {
  if (!isStranger(room, sender.bareJid)) return undefined;
  const excess = excessIn(room, elements);
  if (!excess) return undefined;
  room.environment.refusals.count(excess.rule);
  return errors.policyViolation(excess.text);
}

function excessIn(room: Room, elements: readonly Element[]): Excess | undefined {
  const bytes = ownerLimit(room, "strangerBytes");
  if (bytes < Number.POSITIVE_INFINITY && elements.reduce((sum, el) => sum + sizeOf(el), 0) > bytes)
    return { rule: "text-bytes", text: say`Messages may have at most ${bytes} bytes here` };
  const characters = ownerLimit(room, "strangerCharacters");
  const lines = ownerLimit(room, "strangerLines");
  const texts = textsIn(elements);
  if (texts.some((text) => isLonger(text, characters)))
    return { rule: "text-characters", text: say`Messages may have at most ${characters} characters here` };
  if (texts.some((text) => text.split("\n", lines + 1).length > lines))
    return { rule: "text-lines", text: say`Messages may have at most ${lines} lines here` };
  const mentions = ownerLimit(room, "strangerMentions");
  if (mentions < Number.POSITIVE_INFINITY && mentionedIn(room, elements, texts, mentions) > mentions)
    return { rule: "text-mentions", text: say`Messages may mention at most ${mentions} occupants here` };
  return undefined;
}

/** Returns the bodies: one for each language. */
const textsIn = (elements: readonly Element[]): string[] =>
  elements
    .filter((el) => el.getName() === "body" && namespaceOf(el) === "jabber:client")
    .map((el) => el.getText());

/** Counts code points, which are at most as many as UTF-16 units. */
const isLonger = (text: string, most: number): boolean => text.length > most && [...text].length > most;

/** Counts mentions by element and occupants named in the texts, up to one more than `most`. */
function mentionedIn(
  room: Room,
  elements: readonly Element[],
  texts: readonly string[],
  most: number,
): number {
  const byElement = elements.filter(
    (el) =>
      el.is("mention", NS.mentions) || (el.is("reference", NS.reference) && el.attrs.type === "mention"),
  ).length;
  if (byElement > most) return byElement;
  const named = new Set<Occupant>();
  for (const text of texts)
    for (const name of namesIn(text)) {
      const occupant = room.occupants.get(name);
      if (occupant) named.add(occupant);
      if (named.size > most) return named.size;
    }
  return Math.max(byElement, named.size);
}

/** Characters around a nickname that do not belong to it, as in "@romeo:" or "(romeo, juliet)". */
const AROUND = /^[@("'<[]+|[:,;.!?)"'>\]]+$/g;

/** Yields the words of a text, and each two that follow each other: most nicknames have one or two words. */
function* namesIn(text: string): Iterable<string> {
  let before: string | undefined;
  for (const piece of text.split(/\s+/u)) {
    const word = piece.replace(AROUND, "");
    if (word !== "") yield word;
    if (word !== "" && before !== undefined) yield `${before} ${word}`;
    before = word === "" ? undefined : word;
  }
}
