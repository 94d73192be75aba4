// The search in a room's log.
import { html } from "htm/preact";
import type { VNode } from "preact";
import type { PublicRoom } from "../muc/model/records.ts";
import { pathOf } from "./addresses.ts";
import { conversation } from "./conversation.ts";
import type { Page, Site } from "./layout.ts";
import { messageView } from "./message-view.ts";
import type { FoundPage } from "./public-log.ts";
import { nameOf } from "./room-words.ts";

/** Longest search in UTF-16 units. */
export const LONGEST_SEARCH = 200;

export function searchForm(site: Site, node: string, words: string): VNode {
  return html`
    <form class="line" role="search" action=${site.base + pathOf(node, "search")} method="get">
      <label for="words">Search the log</label>
      <input type="search" id="words" name="q" value=${words} required maxlength=${LONGEST_SEARCH} />
      <button>Search</button>
    </form>
  `;
}

/** Makes the page of a search; `found` is undefined before anything was searched for. */
export function searchPage(site: Site, room: PublicRoom, words: string, found: FoundPage | undefined): Page {
  const { node } = room;
  const name = nameOf(room);
  const context = { site, node, roomName: name, showsDay: true };
  const messages = conversation(found?.messages.toReversed() ?? []).toReversed();
  // Results stand alone: what a reply refers to is on its own page.
  const shown = messages.map((message) => ({
    ...message,
    replies: [],
    reply: message.reply && { ...message.reply, isHere: false },
  }));
  const older =
    found?.next !== undefined &&
    `${site.base}${pathOf(node, "search")}?${new URLSearchParams({ q: words, before: found.next })}`;
  const content = html`
    <h1>${words === "" ? "Search" : html`Search for “<bdi>${words}</bdi>”`}</h1>
    ${searchForm(site, node, words)}
    ${found && shown.length === 0 && html`<p>${older ? "Nothing among the latest messages." : "Nothing was found."}</p>`}
    ${shown.length > 0 && html`<ol class="messages" aria-label="Messages"></ol>`}
    ${older && html`<nav class="pages" aria-label="Pages"><a rel="next" href=${older}>Older messages</a></nav>`}
  `;
  return {
    title: words === "" ? `Search – ${name}` : `${words} – ${name}`,
    isUnlisted: true,
    home: { text: name, path: pathOf(node) },
    content,
    items: shown.map((message) => () => messageView(message, context)),
  };
}
