// The landing page of a public room: what it is about, and how to enter it.
import { html } from "htm/preact";
import type { PublicRoom } from "../muc/model/records.ts";
import { isOpen } from "../muc/permissions/privileges.ts";
import { joinUri, pathOf } from "./addresses.ts";
import { dayOf, writeDay } from "./days.ts";
import { languageTag, type Page, type Site } from "./layout.ts";
import { hasQrCode } from "./qr-code.ts";
import { countOf, languageName, nameOf } from "./room-words.ts";
import { searchForm } from "./search-page.ts";

interface Log {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly latestDay: string | undefined;
}

/** Makes the landing page. `log`: the public log, if the room has one. */
export function roomPage(site: Site, room: PublicRoom, log: Log | undefined): Page {
  const { node, config, subject, users } = room;
  const name = nameOf(room);
  const webChat = site.webChatUrl(node);
  const address = `${node}@${site.domain}`;
  const lang = languageTag(config.language);
  const content = html`
    <h1 lang=${lang}><bdi>${name}</bdi></h1>
    ${config.description !== "" && html`<p class="description" dir="auto" lang=${lang}>${config.description}</p>`}
    <div class="enter">
      <div>
        <p class="buttons">
          <a class="button" href=${joinUri(node, site.domain)}>Join the room</a>
          ${
            webChat !== undefined &&
            html`${" "}<a class="button plain" href=${webChat} rel="noreferrer">Join in the browser</a>`
          }
        </p>
        <dl>
          <dt>Address</dt>
          <dd><code>${address}</code></dd>
          <dt>Occupants</dt>
          <dd>${countOf(users)}</dd>
          ${config.language !== "" && html`<dt>Language</dt><dd>${languageName(config.language)}</dd>`}
          ${
            isOpen(config) &&
            subject &&
            subject.text !== "" &&
            html`<dt>Subject</dt><dd dir="auto" lang=${lang}>${subject.text}</dd>`
          }
          ${config.membersOnly && html`<dt>Entry</dt><dd>Only members may enter</dd>`}
          ${config.passwordProtected && html`<dt>Entry</dt><dd>A password is needed to enter</dd>`}
        </dl>
      </div>
      ${
        hasQrCode(node, site.domain) &&
        html`<figure class="qr">
          <img src=${site.base + pathOf(node, "qr.svg")} alt="QR code of the room’s address" width="180" height="180" />
          <figcaption>Scan to join on a phone</figcaption>
        </figure>`
      }
    </div>
    ${log && logSection(site, node, log)}
  `;
  return {
    title: name,
    path: pathOf(node),
    home: { text: name, path: pathOf(node) },
    ...(log && { feed: pathOf(node, "feed.atom") }),
    content,
  };
}

function logSection(site: Site, node: string, { since, latestDay }: Log) {
  return html`
    <section aria-labelledby="log">
      <h2 id="log">Log</h2>
      <p>
        What is said here has been public since <time datetime=${new Date(since).toISOString()}>${writeDay(dayOf(since))}</time>.
      </p>
      ${
        latestDay === undefined
          ? html`<p>Nothing was said yet.</p>`
          : html`<p><a class="more" href=${site.base + pathOf(node, latestDay)}>Read ${writeDay(latestDay)}</a></p>
              <form class="line" action=${site.base + pathOf(node, "day")} method="get">
                <label for="date">Another day</label>
                <input type="date" id="date" name="date" required min=${dayOf(since)} max=${latestDay} />
                <button>Show</button>
              </form>
              ${searchForm(site, node, "")}`
      }
      <p><a href=${site.base + pathOf(node, "feed.atom")}>Feed of the latest messages (Atom)</a></p>
    </section>
  `;
}
