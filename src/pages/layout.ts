// What all pages share. Every text in a template is escaped by the renderer; no page contains a script.
import { setImmediate as nextTask } from "node:timers/promises";
import { html } from "htm/preact";
import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";

/** The settings of the pages, and the service, as its pages name them. */
export interface Site {
  /** Name and domain of the service. */
  readonly name: string;
  readonly domain: string;
  /** Address of the pages; ends with a slash. */
  readonly url: string;
  /** Path of that address. */
  readonly base: string;
  readonly isIndexed: boolean;
  webChatUrl(node: string): string | undefined;
}

export interface Page {
  readonly title: string;
  /** Language tag of the content; English by default. */
  readonly language?: string;
  /** Path of the page, without what only selects a part of it. */
  readonly path?: string;
  /** Path of the feed. */
  readonly feed?: string;
  /** True for pages that no search engine shall list, whatever the settings say. */
  readonly isUnlisted?: boolean;
  /** The name in the header, and where it leads to. */
  readonly home?: { readonly text: string; readonly path: string };
  readonly content: VNode;
  /** Writes the items of the only `ol` of the content, which has none. */
  readonly items?: readonly (() => VNode)[];
}

/** Paths of files that are no pages of rooms. */
export const STYLE = "@style.css";
export const ICON = "@icon.svg";

/** Items of a list that are written before rooms have their turn. */
const SLICE = 20;

/** Writes a page. A long list is written in slices, so that rooms need not wait for it. */
export async function writePage(site: Site, page: Page): Promise<string> {
  const { items = [] } = page;
  const frame = writeFrame(site, page);
  let list = "";
  for (const [place, item] of items.entries()) {
    if (place % SLICE === SLICE - 1) await nextTask();
    list += renderToString(item());
  }
  // Texts have no "<" here: it is escaped.
  return list === "" ? frame : frame.replace("</ol>", () => `${list}</ol>`);
}

/** Writes a page without the items of its list. */
export function writeFrame(site: Site, page: Page): string {
  const { title, path, feed, isUnlisted = false, home, content } = page;
  const robots = site.isIndexed && !isUnlisted ? "index, follow" : "noindex, nofollow";
  const document = html`
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content=${robots} />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="stylesheet" href=${site.base + STYLE} />
        <link rel="icon" type="image/svg+xml" href=${site.base + ICON} />
        ${path !== undefined && html`<link rel="canonical" href=${site.url + path} />`}
        ${
          feed !== undefined &&
          html`<link rel="alternate" type="application/atom+xml" title=${title} href=${site.base + feed} />`
        }
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="site">
          <nav aria-label="Site">
            <a href=${site.base}><bdi>${site.name}</bdi></a>
            ${
              home &&
              html`<span class="separator" aria-hidden="true">/</span>
                <a href=${site.base + home.path}><bdi>${home.text}</bdi></a>`
            }
          </nav>
        </header>
        <main id="content" tabindex="-1">${content}</main>
        <footer class="site">Rooms of <bdi>${site.domain}</bdi>. All times are in UTC.</footer>
      </body>
    </html>
  `;
  return `<!doctype html>\n${renderToString(document)}\n`;
}

/** Returns a language tag as an attribute; undefined for what is none. */
export const languageTag = (language: string | undefined): string | undefined =>
  language !== undefined && /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(language) ? language : undefined;
