import { childText, serialize } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { textTag } from "../xmpp/tag.ts";
import { passedOn } from "./marks.ts";

/** What of a client's presence is passed on: all but what the service alone may say, and what spoke to the service (section 17.3). */
export function presencePayload(stanza: Stanza): string {
  return passedOn(stanza)
    .filter((el) => !el.is("x", NS.muc) && !el.is("error"))
    .map(serialize)
    .join("");
}

/** The exit message of an unavailable presence, as markup (section 7.14). */
export function exitStatus(stanza: Stanza): string {
  const status = childText(stanza.element, "status");
  return status === undefined ? "" : textTag("status", status);
}
