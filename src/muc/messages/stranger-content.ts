// Links, media and words in messages of users without affiliation: refused, or held until a moderator passes them.
import { type Element, namespaceOf } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say, type Text } from "../../xmpp/text.ts";
import type { RefusalRule } from "../model/refusal-counts.ts";
import { WILDCARD_LIMITS, type Wildcards, wildcardsOf } from "../model/wildcards.ts";
import { isStranger } from "../permissions/standing.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { holdMessage } from "./held-message.ts";
import type { RelayedMessage } from "./room-message.ts";

/** Elements that carry or name media: XEP-0066, 0385, 0446, 0447, 0231. */
const MEDIA: ReadonlySet<string> = new Set([
  NS.outOfBand,
  "urn:xmpp:sims:1",
  "urn:xmpp:file:metadata:0",
  "urn:xmpp:sfs:0",
  "urn:xmpp:bob",
]);

/** A link: a scheme with an authority, an xmpp or magnet URI, or a name that begins with "www.". Matches in linear time. */
const LINK = /(?:[a-z][a-z0-9+.-]{0,15}:\/\/|\bwww\.|\bxmpp:|\bmagnet:)[^\s<>"]+/giu;

interface Content {
  readonly rule: RefusalRule;
  readonly action: "refuse" | "hold";
  readonly what: Text;
}

/** Refuses a message with content that the room does not take from strangers, or holds it. */
export function refuseContentOfStranger(
  room: Room,
  sender: Occupant,
  message: RelayedMessage,
): StanzaError | undefined {
  const content = contentOf(room, sender, message.elements);
  if (!content) return undefined;
  if (content.action === "hold" && holdMessage(room, sender, message))
    return errors.slowDown(say`A moderator has to pass this message before the others see it`);
  return refused(room, content);
}

/** Refuses a private message with such content: nobody could pass it. */
export function refusePrivateContent(
  room: Room,
  sender: Occupant,
  elements: readonly Element[],
): StanzaError | undefined {
  const content = contentOf(room, sender, elements);
  return content && refused(room, content);
}

function refused(room: Room, { rule, what }: Content): StanzaError {
  room.environment.refusals.count(rule);
  return errors.policyViolation(say`This room does not take ${what} from users without affiliation`);
}

/** Returns the first content of a stranger's message that the room does not allow. */
function contentOf(room: Room, { bareJid }: Occupant, elements: readonly Element[]): Content | undefined {
  const { strangerLinks, strangerMedia, strangerWords, strangerWordsAction } = room.config;
  const isChecked = strangerLinks !== "allow" || strangerMedia !== "allow" || strangerWords.length > 0;
  if (!isChecked || !isStranger(room, bareJid)) return undefined;
  const all = elements.flatMap(withDescendants);
  if (strangerMedia !== "allow" && all.some((el) => MEDIA.has(namespaceOf(el)) || isReferenceToData(el)))
    return { rule: "content-media", action: strangerMedia, what: say`media` };
  const texts = textsIn(elements);
  if (strangerLinks !== "allow" && hasLink(room, texts, all))
    return { rule: "content-link", action: strangerLinks, what: say`links` };
  if (texts.some((text) => hasWord(wildcardsOf(strangerWords), text)))
    return { rule: "content-word", action: strangerWordsAction, what: say`these words` };
  return undefined;
}

const isReferenceToData = (el: Element): boolean =>
  el.is("reference", NS.reference) && el.attrs.type === "data";

/** Returns true for a link that no exception allows. With media allowed, the address of a file is no link. */
function hasLink(room: Room, texts: readonly string[], all: readonly Element[]): boolean {
  const { strangerLinkExceptions, strangerMedia } = room.config;
  const files = strangerMedia === "allow" ? all.filter(isFileAddress).map((el) => el.getText().trim()) : [];
  const exceptions = wildcardsOf(strangerLinkExceptions);
  const links = [...texts, ...all.flatMap(({ attrs: { href, src } }) => [href ?? "", src ?? ""])].flatMap(
    (text) => text.match(LINK) ?? [],
  );
  return links.some((link) => !files.includes(link) && exceptions.find(link) === undefined);
}

const isFileAddress = (el: Element): boolean => el.is("url", NS.outOfBand);

/** Compares a long text in parts that overlap by the longest pattern. */
function hasWord(words: Wildcards, text: string): boolean {
  const { text: part, length } = WILDCARD_LIMITS;
  for (let at = 0; at === 0 || at + length < text.length; at += part - length)
    if (words.find(text.slice(at, at + part)) !== undefined) return true;
  return false;
}

/** Returns the texts that clients show: bodies and subjects in all languages. */
const textsIn = (elements: readonly Element[]): string[] =>
  elements
    .filter((el) => ["body", "subject"].includes(el.getName()) && namespaceOf(el) === "jabber:client")
    .map((el) => el.getText());

/** Returns an element and all elements in it, without recursion: a stanza may be nested deeply. */
function withDescendants(element: Element): Element[] {
  const found = [element];
  for (const el of found) found.push(...el.getChildElements());
  return found;
}
