// What an archived message says to readers without a client: its text, without the fallbacks for old clients (XEP-0428), and
// the message that it replies to (XEP-0461).
import { isTombstone } from "../muc/archive/archive.ts";
import { subjectsOf } from "../muc/archive/message-kind.ts";
import { readId, readRetractions } from "../muc/archive/retraction-elements.ts";
import type { ArchivedMessage } from "../muc/model/journal.ts";
import { child, children, childText, type Element, parse } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";

/** "action": a text that begins with "/me" (XEP-0245), without that. */
export interface Said {
  readonly kind: "text" | "action" | "subject" | "retracted";
  readonly text: string;
  /** Stanza-id of the message that it replies to. */
  readonly replyTo: string | undefined;
}

const RETRACTED: Said = { kind: "retracted", text: "", replyTo: undefined };
const ACTION = "/me ";

/** Reads a message; undefined for one that says nothing to such a reader, and for what only some may read. */
export function readSaid(message: ArchivedMessage): Said | undefined {
  const { kind, payload } = message;
  if (kind !== "discussion" && kind !== "subject") return undefined;
  if (isTombstone(message)) return RETRACTED;
  const content = parse(`<message xmlns="jabber:client">${payload}</message>`);
  const elements = content.getChildElements();
  if (kind === "subject") return { kind, text: subjectsOf(elements)[0]?.getText() ?? "", replyTo: undefined };
  if (readRetractions(elements).length > 0) return undefined;
  const text = withoutFallbacks(content, childText(content, "body") ?? "");
  if (text.trim() === "") return undefined;
  const reply = child(content, "reply", NS.reply);
  const replyTo = reply && readId(reply);
  return text.startsWith(ACTION)
    ? { kind: "action", text: text.slice(ACTION.length), replyTo }
    : { kind: "text", text, replyTo };
}

/** Removes what a message repeats of elements that say the same; offsets count code points. */
function withoutFallbacks(content: Element, body: string): string {
  const fallbacks = children(content, "fallback", NS.fallback);
  if (fallbacks.length === 0) return body;
  const characters: (string | undefined)[] = [...body];
  for (const fallback of fallbacks) {
    const parts = fallback.getChildElements();
    if (parts.length === 0) return "";
    for (const part of parts.filter((each) => each.getName() === "body"))
      characters.fill(undefined, offset(part.attrs.start, 0), offset(part.attrs.end, characters.length));
  }
  return characters.join("").trim();
}

const offset = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
