// A message of the log.
import { html } from "htm/preact";
import type { VNode } from "preact";
import { pathOf } from "./addresses.ts";
import type { Shown } from "./conversation.ts";
import { dayOf } from "./days.ts";
import { languageTag, type Site } from "./layout.ts";
import { partsOf } from "./links.ts";

export interface MessageContext {
  readonly site: Site;
  /** Node and name of the room. */
  readonly node: string;
  readonly roomName: string;
  /** True where messages of several days stand together. */
  readonly showsDay?: boolean;
}

/** Path of the page that leads to a message wherever it is. */
export const permalink = (node: string, id: string): string => pathOf(node, "m", id);

const anchorOf = (id: string): string => `m-${id}`;

/** Address of a message: on this page, or elsewhere. */
function linkTo({ site, node }: MessageContext, id: string, isHere: boolean): string {
  return isHere ? `#${encodeURIComponent(anchorOf(id))}` : site.base + permalink(node, id);
}

const clockOf = (at: number): string => new Date(at).toISOString().slice(11, 16);

/** Writes a message as an item of a list. */
export function messageView(message: Shown, context: MessageContext): VNode {
  const { id, at, nick, kind, corrections, isEdited, reply, replies } = message;
  const { site, node, showsDay } = context;
  const stamp = new Date(at).toISOString();
  // An erased account leaves tombstones without a nickname; else the room has said it.
  const author = nick || (kind === "retracted" ? "Somebody" : context.roomName);
  return html`
    <li class=${`message ${kind}`} id=${anchorOf(id)}>
      ${corrections.map((correction) => html`<span id=${anchorOf(correction)}></span>`)}
      <p class="meta">
        <bdi class=${nick === "" ? "nick room" : "nick"}>${author}</bdi>${" "}
        <a class="time" href=${site.base + permalink(node, id)} title="Permanent link">
          <time datetime=${stamp}>${showsDay ? `${dayOf(at)} ` : ""}${clockOf(at)}</time>
        </a>
        ${isEdited && html`${" "}<span class="note">edited</span>`}
      </p>
      ${
        reply &&
        html`<p class="reply">
          In reply to${" "}<a href=${linkTo(context, reply.id, reply.isHere)}>
            ${reply.nick === undefined ? "an earlier message" : html`<bdi>${reply.nick || context.roomName}</bdi>`}
          </a>
        </p>`
      }
      ${textView(message, author)}
      ${
        replies.length > 0 &&
        html`<p class="replies">
          ${replies.length === 1 ? "Reply: " : "Replies: "}
          ${replies.map(
            (each, index) =>
              html`${index > 0 && ", "}<a href=${linkTo(context, each.id, true)}>
                  <bdi>${each.nick || context.roomName}</bdi> ${clockOf(each.at)}
                </a>`,
          )}
        </p>`
      }
    </li>
  `;
}

function textView({ kind, text, language }: Shown, author: string): VNode {
  if (kind === "retracted") return html`<p class="text tombstone">This message was retracted.</p>`;
  const lang = languageTag(language);
  if (kind === "subject")
    return text === ""
      ? html`<p class="text event">removed the subject</p>`
      : html`<p class="text event">set the subject: <bdi lang=${lang}>${text}</bdi></p>`;
  const content = partsOf(text).map((part) =>
    "href" in part
      ? html`<a href=${part.href} rel="nofollow noopener noreferrer ugc">${part.text}</a>`
      : part.text,
  );
  return kind === "action"
    ? html`<p class="text action" dir="auto" lang=${lang}><bdi>${author}</bdi> ${content}</p>`
    : html`<p class="text" dir="auto" lang=${lang}>${content}</p>`;
}
