// The list of public rooms.
import { html } from "htm/preact";
import type { ListedRoom } from "../muc/model/records.ts";
import { pathOf } from "./addresses.ts";
import { languageTag, type Page, type Site } from "./layout.ts";
import { LIST_SIZE } from "./public-log.ts";
import { countOf, languageName, nameOf } from "./room-words.ts";

/** Makes a page of the list. `found` has one room more than a page if others follow. */
export function listPage(site: Site, found: readonly ListedRoom[], after: string | undefined): Page {
  const rooms = found.slice(0, LIST_SIZE);
  const last = found.length > LIST_SIZE ? rooms.at(-1)?.node : undefined;
  const content = html`
    <h1>Public rooms</h1>
    ${after !== undefined && html`<p><a href=${site.base}>From the beginning</a></p>`}
    ${
      rooms.length === 0
        ? html`<p>There are none${after === undefined ? "" : " after these"}.</p>`
        : html`<ul class="rooms">
            ${rooms.map((room) => roomItem(site, room))}
          </ul>`
    }
    ${
      last !== undefined &&
      html`<nav class="pages" aria-label="Pages">
        <a rel="next" href=${`${site.base}?${new URLSearchParams({ after: last })}`}>More rooms</a>
      </nav>`
    }
  `;
  return { title: `Public rooms – ${site.name}`, path: "", isUnlisted: after !== undefined, content };
}

function roomItem(site: Site, room: ListedRoom) {
  const { node, config, users } = room;
  const { description, language } = config;
  const lang = languageTag(language);
  return html`<li>
    <h2><a href=${site.base + pathOf(node)}><bdi lang=${lang}>${nameOf(room)}</bdi></a></h2>
    ${description !== "" && html`<p class="description" dir="auto" lang=${lang}>${description}</p>`}
    <p class="note">${countOf(users)}${language === "" ? "" : ` · ${languageName(language)}`}</p>
  </li>`;
}
