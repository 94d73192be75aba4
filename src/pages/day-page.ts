// A day of a room's log.
import { html } from "htm/preact";
import type { VNode } from "preact";
import type { PublicRoom } from "../muc/model/records.ts";
import { pathOf } from "./addresses.ts";
import { conversation } from "./conversation.ts";
import { writeDay } from "./days.ts";
import { languageTag, type Page, type Site } from "./layout.ts";
import { messageView } from "./message-view.ts";
import type { DayPage } from "./public-log.ts";
import { nameOf } from "./room-words.ts";
import { searchForm } from "./search-page.ts";

/** Makes the page of a day, or the part of it after a message. */
export function dayPage(
  site: Site,
  room: PublicRoom,
  day: string,
  { messages, next, dayBefore, dayAfter, elsewhere }: DayPage,
  after: string | undefined,
): Page {
  const { node, config } = room;
  const name = nameOf(room);
  const shown = conversation(messages, elsewhere);
  const context = { site, node, roomName: name };
  const path = pathOf(node, day);
  const days = dayNavigation(site, node, dayBefore, dayAfter);
  const content = html`
    <h1><time datetime=${day}>${writeDay(day)}</time></h1>
    ${days("Days")}
    ${after !== undefined && html`<p><a href=${site.base + path}>From the beginning of the day</a></p>`}
    ${
      shown.length === 0
        ? html`<p>Nothing was said on this day.</p>`
        : html`<ol class="messages" aria-label="Messages" lang=${languageTag(config.language)}></ol>`
    }
    ${
      next !== undefined &&
      html`<nav class="pages" aria-label="Pages">
        <a rel="next" href=${`${site.base}${path}?${new URLSearchParams({ after: next })}`}>Later on this day</a>
      </nav>`
    }
    ${shown.length > 0 && days("Days, after the messages")} ${searchForm(site, node, "")}
  `;
  return {
    title: `${writeDay(day)} – ${name}`,
    path,
    feed: pathOf(node, "feed.atom"),
    home: { text: name, path: pathOf(node) },
    content,
    items: shown.map((message) => () => messageView(message, context)),
  };
}

const dayNavigation =
  (site: Site, node: string, before: string | undefined, after: string | undefined) =>
  (label: string): VNode | false =>
    (before !== undefined || after !== undefined) &&
    html`<nav class="days" aria-label=${label}>
      ${before === undefined ? html`<span></span>` : html`<a rel="prev" href=${site.base + pathOf(node, before)}>← ${before}</a>`}
      ${after !== undefined && html`<a rel="next" href=${site.base + pathOf(node, after)}>${after} →</a>`}
    </nav>`;
