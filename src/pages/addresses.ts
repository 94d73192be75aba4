// The addresses of the public pages. No node of a room has an "@", so the paths that begin with one are not those of rooms.
import type { PublicPages } from "../muc/model/public-pages.ts";

interface PageSettings {
  /** Ends with a slash. */
  readonly url: string;
  readonly webChatUrl: string | undefined;
}

/** Writes the path of a page below the address of the pages. */
export const pathOf = (...segments: readonly string[]): string =>
  segments.map((segment) => encodeURIComponent(segment.toWellFormed())).join("/");

/** Returns the public pages as the rules of rooms know them. */
export const publicPages = ({ url, webChatUrl }: PageSettings, domain: string): PublicPages => ({
  roomUrl: (node) => url + pathOf(node),
  webChatUrl: (node) =>
    webChatUrl?.replace(/\{(room|address)\}/g, (_, name) =>
      encodeURIComponent(name === "room" ? node : `${node}@${domain}`),
    ),
});

/** Returns the address by which XMPP clients enter a room (XEP-0147). */
export const joinUri = (node: string, domain: string): string =>
  `xmpp:${encodeURIComponent(node)}@${encodeURIComponent(domain)}?join`;
