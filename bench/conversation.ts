// A conversation: each talker sends the next message when its own copy of the last one is back.
import type { ComponentConnection } from "./component-connection.ts";
import { countOf, tagsWith } from "./tag-scan.ts";
import { groupchat, TALKER } from "./users.ts";

export interface Utterance {
  /** Number of the talker. */
  readonly talker: number;
  readonly room: string;
  /** Number of recipients, if all copies are counted. */
  readonly copies?: number;
}

export interface Conversation {
  readonly seconds: number;
  /** Number of messages under way at a time, each in a slot of its own. */
  readonly slots: number;
  next(slot: number): Utterance;
  /** Called for each own copy that came back. The result is written too. */
  meanwhile?(): string;
  /** Texts to count. With these, copies are not counted, because users may enter and leave. */
  readonly counted?: readonly string[];
}

export interface Heard {
  readonly copies: number;
  /** Number of arrivals of each of the `counted` texts. */
  readonly others: readonly number[];
  /** Milliseconds from writing a message to reading the talker's own copy, by slot. */
  readonly reflections: readonly (readonly number[])[];
}

const MESSAGE_END = Buffer.from("</message>");
const RESULT_END = Buffer.from("</forwarded>");
const TALKER_BYTES = Buffer.from(TALKER);

export const talkerName = (number: number): string => `${TALKER}${number}`;

/**
 * Talks for so many seconds and waits for the messages under way. Rejects if a message is refused or the number of
 * copies is wrong. Messages inside others, which archives send, are not counted.
 */
export async function converse(connection: ComponentConnection, talk: Conversation): Promise<Heard> {
  const end = performance.now() + talk.seconds * 1000;
  const needles = (talk.counted ?? []).map((text) => Buffer.from(text));
  const others = needles.map(() => 0);
  const waiting: { talker: number; id: string; at: number }[] = [];
  const reflections: number[][] = Array.from({ length: talk.slots }, () => []);
  let sent = 0;
  let underWay = 0;
  let copies = 0;
  let expected = 0;
  const speak = (slot: number): void => {
    const { talker, room, copies: recipients = 0 } = talk.next(slot);
    sent += 1;
    underWay += 1;
    expected += recipients;
    const id = `${slot}-${sent}`;
    waiting[slot] = { talker, id, at: performance.now() };
    connection.write(groupchat(talkerName(talker), room, id));
  };
  const finished = connection.readUntil((tags) => {
    copies += countOf(tags, MESSAGE_END) - countOf(tags, RESULT_END);
    for (const [index, needle] of needles.entries())
      others[index] = (others[index] ?? 0) + countOf(tags, needle);
    for (const tag of tagsWith(tags, TALKER_BYTES)) {
      const { recipient, id } = readHead(tag);
      const slot = Number(id?.split("-")[0]);
      const message = waiting[slot];
      if (!message || message.id !== id || message.talker !== recipient) continue;
      const now = performance.now();
      reflections[slot]?.push(now - message.at);
      delete waiting[slot];
      underWay -= 1;
      if (now < end) speak(slot);
      const more = talk.meanwhile?.() ?? "";
      if (more !== "") connection.write(more);
    }
    return underWay === 0 && copies >= expected;
  });
  for (let slot = 0; slot < talk.slots; slot += 1) speak(slot);
  await finished;
  if (!talk.counted && copies !== expected)
    throw new Error(`${copies} copies of ${sent} messages, where ${expected} were expected`);
  return { copies, others, reflections };
}

function readHead(tag: string): { recipient?: number; id?: string } {
  if (!tag.startsWith("<message ")) return {};
  if (/ type=['"]error/.test(tag)) throw new Error(`refused: ${tag}`);
  const recipient = / to=['"]talker(\d+)@/.exec(tag)?.[1];
  const id = / id=['"](\d+-\d+)['"]/.exec(tag)?.[1];
  return recipient === undefined || id === undefined ? {} : { recipient: Number(recipient), id };
}
