// The messages of a page as people read them: corrections (XEP-0308) replace what they correct, replies (XEP-0461) are linked
// both ways.
import type { ArchivedMessage } from "../muc/model/journal.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readSaid, type Said } from "./said.ts";

export interface Shown extends Said {
  readonly id: string;
  /** Ids of the corrections that it shows. */
  readonly corrections: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Empty if the room said it, or if the account was erased. */
  readonly nick: string;
  readonly language: string | undefined;
  readonly isEdited: boolean;
  /** The message that it replies to, as far as it is known; the nickname is undefined if the message is not. */
  readonly reply:
    | { readonly id: string; readonly nick: string | undefined; readonly isHere: boolean }
    | undefined;
  /** The replies on this page. */
  readonly replies: readonly { readonly id: string; readonly nick: string; readonly at: number }[];
}

type Draft = Omit<Shown, "reply" | "replies">;

/** Key of a message for its corrections. Clients may use an id again: the latest message of an id is meant. */
const keyOf = (author: string, id: string): string => `${author}\n${id}`;

/** Makes the messages of a page, oldest first. `elsewhere`: nicknames of messages that are not on it, by stanza-id. */
export function conversation(
  messages: readonly ArchivedMessage[],
  elsewhere: ReadonlyMap<string, string> = new Map(),
): Shown[] {
  const drafts = draftsOf(messages);
  const known = new Map(
    drafts.flatMap((draft) => [draft.id, ...draft.corrections].map((id) => [id, draft] as const)),
  );
  const replies = new Map<string, Draft[]>();
  for (const draft of drafts) {
    const target = draft.replyTo === undefined ? undefined : known.get(draft.replyTo);
    if (target) replies.set(target.id, [...(replies.get(target.id) ?? []), draft]);
  }
  return drafts.map((draft) => {
    const { id, replyTo } = draft;
    const target = replyTo === undefined ? undefined : known.get(replyTo);
    const nick = target?.nick ?? (replyTo === undefined ? undefined : elsewhere.get(replyTo));
    return {
      ...draft,
      reply:
        replyTo === undefined ? undefined : { id: target?.id ?? replyTo, nick, isHere: target !== undefined },
      replies: (replies.get(id) ?? []).map((reply) => ({ id: reply.id, nick: reply.nick, at: reply.at })),
    };
  });
}

/** Returns the stanza-ids that messages reply to and that are not among them. */
export function repliedElsewhere(messages: readonly ArchivedMessage[]): string[] {
  const here = new Set(messages.map(({ stanzaId }) => stanzaId));
  const replies = messages.filter(({ payload }) => payload.includes(NS.reply));
  const ids = replies.flatMap((message) => readSaid(message)?.replyTo ?? []);
  return [...new Set(ids)].filter((id) => !here.has(id));
}

function draftsOf(messages: readonly ArchivedMessage[]): Draft[] {
  const drafts: Draft[] = [];
  const places = new Map<string, number>();
  for (const message of messages) {
    const said = readSaid(message);
    if (!said) continue;
    const { stanzaId: id, at, nick, author, language, corrects } = message;
    const place = corrects === undefined || author === "" ? undefined : places.get(keyOf(author, corrects));
    const corrected = place === undefined ? undefined : drafts[place];
    if (place !== undefined && corrected) {
      const corrections = [...corrected.corrections, id];
      // A retraction leaves tombstones of all versions.
      drafts[place] =
        corrected.kind === "retracted" || said.kind === "retracted"
          ? { ...corrected, corrections }
          : {
              ...corrected,
              ...said,
              replyTo: said.replyTo ?? corrected.replyTo,
              corrections,
              language,
              isEdited: true,
            };
      continue;
    }
    if (corrects === undefined) places.set(keyOf(author, message.id), drafts.length);
    const isEdited = corrects !== undefined && said.kind !== "retracted";
    drafts.push({ ...said, id, corrections: [], at, nick, language, isEdited });
  }
  return drafts;
}
