// The feed of a room's latest messages (Atom, RFC 4287).
import type { ArchivedMessage } from "../muc/model/journal.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { pathOf } from "./addresses.ts";
import { conversation, type Shown } from "./conversation.ts";
import { languageTag, type Site } from "./layout.ts";
import { permalink } from "./message-view.ts";
import type { LoggedRoom } from "./public-log.ts";
import { nameOf } from "./room-words.ts";

export const ATOM = "application/atom+xml; charset=utf-8";

/** Longest title of an entry in code points. */
const LONGEST_TITLE = 80;

/** Writes the feed of messages, oldest first. Retracted messages are not in it. */
export function writeFeed(
  site: Site,
  { room, since }: LoggedRoom,
  messages: readonly ArchivedMessage[],
): string {
  const { node, config } = room;
  const shown = conversation(messages).filter(({ kind }) => kind !== "retracted");
  const address = site.url + pathOf(node, "feed.atom");
  const updated = Math.max(since, ...messages.map(({ at }) => at));
  const head =
    textTag("id", address) +
    textTag("title", nameOf(room)) +
    (config.description === "" ? "" : textTag("subtitle", config.description)) +
    textTag("updated", new Date(updated).toISOString()) +
    tag("link", { rel: "self", type: "application/atom+xml", href: address }) +
    tag("link", { rel: "alternate", type: "text/html", href: site.url + pathOf(node) });
  const entries = shown.toReversed().map((message) => entryOf(site, room, message));
  const attributes = {
    xmlns: "http://www.w3.org/2005/Atom",
    "xml:lang": languageTag(config.language || undefined),
  };
  return `<?xml version="1.0" encoding="utf-8"?>\n${tag("feed", attributes, head + entries.join(""))}\n`;
}

function entryOf(site: Site, room: LoggedRoom["room"], message: Shown): string {
  const { id, at, nick, kind, text } = message;
  const author = nick === "" ? nameOf(room) : nick;
  const address = site.url + permalink(room.node, id);
  const said = kind === "action" ? `${author} ${text}` : kind === "subject" ? `Subject: ${text}` : text;
  const stamp = new Date(at).toISOString();
  return tag(
    "entry",
    {},
    textTag("id", address) +
      textTag("title", titleOf(said)) +
      textTag("published", stamp) +
      textTag("updated", stamp) +
      tag("author", {}, textTag("name", author)) +
      tag("link", { rel: "alternate", type: "text/html", href: address }) +
      textTag("content", said, { type: "text" }),
  );
}

/** Returns the beginning of a text in one line. */
function titleOf(text: string): string {
  const characters = [
    ...text
      .slice(0, 4 * LONGEST_TITLE)
      .replace(/\s+/gu, " ")
      .trim(),
  ];
  return characters.length <= LONGEST_TITLE
    ? characters.join("")
    : `${characters.slice(0, LONGEST_TITLE).join("")}…`;
}
