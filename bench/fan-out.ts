// The scenario "fan-out": one room, some of its occupants talk, everybody gets every message.
import type { ComponentConnection } from "./component-listener.ts";
import { costOf } from "./process-cost.ts";
import { DOMAIN } from "./subjects.ts";
import { countOf, tagsWith } from "./tag-scan.ts";

export interface FanOut {
  readonly occupants: number;
  /** The occupants who talk, each with one message under way: the next is sent when its own copy came back. */
  readonly senders: number;
  readonly warmUp: number;
  readonly messages: number;
}

export interface FanOutFigures {
  readonly messages: number;
  readonly copies: number;
  readonly seconds: number;
  /** What the measured process has used during the measured messages. */
  readonly cpuSeconds: number;
  /** After the last message. */
  readonly rssBytes: number;
  /** From writing a message to reading the sender's own copy, in milliseconds, in ascending order. */
  readonly reflections: readonly number[];
  /** The share of one core that the load itself took; at 1 it is the load that is measured. */
  readonly loadShare: number;
}

const ROOM = `bench@${DOMAIN}`;
const TEXT = "It was the best of times, it was the worst of times &amp; the room was full.";
const SENDER = Buffer.from(' to="sender');
const MESSAGE_END = Buffer.from("</message>");
const SUBJECT = Buffer.from("<subject");

/** Fills a room, talks in it and measures the process behind the connection. Throws where a copy is missing or refused. */
export async function fanOut(
  connection: ComponentConnection,
  pid: number,
  scenario: FanOut,
): Promise<FanOutFigures> {
  await fillRoom(connection, scenario);
  await talk(connection, scenario, scenario.warmUp);
  const before = costOf(pid);
  const loadBefore = process.cpuUsage();
  const start = performance.now();
  const reflections = await talk(connection, scenario, scenario.messages);
  const seconds = (performance.now() - start) / 1000;
  const load = process.cpuUsage(loadBefore);
  const after = costOf(pid);
  return {
    messages: scenario.messages,
    copies: scenario.messages * scenario.occupants,
    seconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    rssBytes: after.rssBytes,
    reflections: reflections.sort((a, b) => a - b),
    loadShare: (load.user + load.system) / 1e6 / seconds,
  };
}

/** One after another, each when the one before has got the subject, which ends an entry (XEP-0045 section 7.2). */
async function fillRoom(connection: ComponentConnection, { occupants, senders }: FanOut): Promise<void> {
  for (let index = 0; index < occupants; index += 1) {
    const name = nameOf(index, occupants, senders);
    const entered = connection.readUntil((tags) => hasNoError(tags) && countOf(tags, SUBJECT) > 0);
    connection.write(
      `<presence from="${jidOf(name)}" to="${ROOM}/${name}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    await entered;
    if (index === 0) await makePersistent(connection, jidOf(name));
  }
}

/** Unlocks the room and gives the store something to keep. */
async function makePersistent(connection: ComponentConnection, owner: string): Promise<void> {
  const configured = connection.readUntil((tags) => hasNoError(tags) && tags.includes("<iq"));
  const field = (name: string, value: string) => `<field var="${name}"><value>${value}</value></field>`;
  connection.write(
    `<iq type="set" id="config" from="${owner}" to="${ROOM}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit">${field("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig")}${field("muc#roomconfig_persistentroom", "1")}</x></query></iq>`,
  );
  await configured;
}

/** Sends `total` messages and waits for all copies. Resolves with the times of reflection in milliseconds. */
async function talk(
  connection: ComponentConnection,
  { occupants, senders }: FanOut,
  total: number,
): Promise<number[]> {
  const sentAt = new Map<number, number>();
  const reflections: number[] = [];
  let sent = 0;
  let copies = 0;
  const send = (sender: number): void => {
    if (sent === total) return;
    sent += 1;
    const id = `${sender}-${sent}`;
    sentAt.set(sender, performance.now());
    connection.write(
      `<message type="groupchat" id="${id}" from="${jidOf(`sender${sender}`)}" to="${ROOM}"><body>${TEXT}</body><origin-id xmlns="urn:xmpp:sid:0" id="${id}"/></message>`,
    );
  };
  const finished = connection.readUntil((tags) => {
    copies += countOf(tags, MESSAGE_END);
    for (const tag of tagsWith(tags, SENDER)) {
      const sender = ownCopyOf(tag);
      if (sender === undefined) continue;
      reflections.push(performance.now() - (sentAt.get(sender) ?? Number.NaN));
      send(sender);
    }
    return copies >= total * occupants;
  });
  for (let sender = 0; sender < senders; sender += 1) send(sender);
  await finished;
  if (copies !== total * occupants || reflections.length !== total)
    throw new Error(`${copies} copies of ${total} messages to ${occupants} occupants`);
  return reflections;
}

/** The sender whose message this is the own copy of. */
function ownCopyOf(tag: string): number | undefined {
  if (tag.includes(' type="error"')) throw new Error(`the component refuses: ${tag}`);
  const recipient = / to="sender(\d+)@/.exec(tag)?.[1];
  const sender = / id="(\d+)-/.exec(tag)?.[1];
  return sender !== undefined && sender === recipient ? Number(sender) : undefined;
}

/** Senders are spread evenly over the room: their copies come early as well as late among all. */
function nameOf(index: number, occupants: number, senders: number): string {
  const sender = Math.ceil((index * senders) / occupants);
  return Math.floor((sender * occupants) / senders) === index ? `sender${sender}` : `reader${index}`;
}

const jidOf = (name: string): string => `${name}@bench.example/b`;

function hasNoError(tags: Buffer): true {
  if (tags.includes(' type="error"'))
    throw new Error(`the component refuses: ${tags.toString("utf8").slice(0, 1000)}`);
  return true;
}
