// What a process does with stanzas before they reach a room, and with those that other nodes have handled before.
import { pino } from "pino";
import { expect, test } from "vitest";
import { ownLanguages } from "../src/config/languages.ts";
import { Backpressure } from "../src/connection/backpressure.ts";
import { Outbox } from "../src/connection/outbox.ts";
import { FaultLog } from "../src/fault-log.ts";
import { RoomLoader } from "../src/room-loader.ts";
import { roomsInMemory } from "../src/rooms-in-memory.ts";
import { StanzaIntake } from "../src/stanza-intake.ts";
import { IN_MEMORY, SqliteStore } from "../src/storage/sqlite/store.ts";
import { StoreRecords } from "../src/storage/store-records.ts";
import { parse } from "../src/xmpp/element.ts";
import { readStanza, type Stanza } from "../src/xmpp/stanza.ts";
import { addLanguages } from "../src/xmpp/text.ts";
import { eventually } from "./support/eventually.ts";
import { Driver } from "./support/room-driver.ts";

const log = pino({ enabled: false });
const failed = (error: unknown) => expect.unreachable(String(error));

/** Returns the intake of a node without rooms, and what it writes. */
function newIntake(language = "en") {
  const { registry, router } = new Driver({ environment: { language } });
  const store = new SqliteStore(IN_MEMORY);
  const written: string[] = [];
  const sink = { write: (text: string) => void written.push(text), isFull: false };
  const records = new StoreRecords(store, roomsInMemory(registry));
  const outbox = new Outbox(records, sink, { failed, unreadable: failed });
  const intake = new StanzaIntake({
    ...{ registry, router, outbox, log, limits: { stanzaBytes: 10_000 } },
    loader: new RoomLoader(registry, store, outbox, { faulted: failed }),
    backpressure: new Backpressure({ pause() {}, resume() {} }, 1_000_000, log),
    faultLog: new FaultLog(log),
    isDiskLow: () => false,
    cluster: () => undefined,
  });
  return { intake, written };
}

function stanza(text: string): Stanza {
  const read = readStanza(parse(text));
  if (!read) throw new Error("this is no stanza");
  return read;
}

const ADDRESSES = 'from="hag66@shakespeare.example/pda" to="coven@chat.example/thirdwitch"';

test("RFC 6120 8.3.1: errors and answers that no node takes are dropped, the rest gets an error", async () => {
  const { intake, written } = newIntake();
  intake.refuseHeld(stanza(`<message type="error" id="one" ${ADDRESSES}/>`));
  intake.refuseHeld(stanza(`<iq type="result" id="two" ${ADDRESSES}/>`));
  intake.refuseHeld(stanza(`<message id="three" ${ADDRESSES}/>`));
  await eventually(() => expect(written).not.toEqual([]));
  expect(written.join().match(/ id="\w+"/g)).toEqual([' id="three"']);
});

test("a command of somebody who is an administrator at another node alone gets an answer", async () => {
  const { intake, written } = newIntake();
  const field = '<field var="verona#room"><value>coven</value></field>';
  const form = `<x xmlns="jabber:x:data" type="submit">${field}</x>`;
  const command = `<command xmlns="http://jabber.org/protocol/commands" node="verona#destroy-room">${form}</command>`;
  const from = 'from="hag66@shakespeare.example/pda"';
  intake.admit(stanza(`<iq type="set" id="one" ${from} to="chat.example">${command}</iq>`));
  await eventually(() => expect(written.join()).toContain("<forbidden "));
});

test("RFC 6120 8.1.5: a stanza without a language gets an error in that of the service; its payload gets none", async () => {
  addLanguages(ownLanguages());
  const { intake, written } = newIntake("de");
  const message = (id: string, language: string) =>
    parse(`<message type="groupchat" id="${id}" ${language} ${ADDRESSES}><body>hail</body></message>`);
  intake.receive(message("one", ""));
  intake.receive(message("two", 'xml:lang="en"'));
  await eventually(() => expect(written).toHaveLength(2));
  const [one = "", two = ""] = written;
  expect(one).toMatch(/<text [^>]*xml:lang="de"/);
  expect(/^<message [^>]*>/.exec(one)?.[0]).not.toContain("xml:lang");
  expect(two).toMatch(/^<message [^>]*xml:lang="en"[^>]*>.*<text [^>]*xml:lang="en"/);
  intake.admit(stanza(`<message type="groupchat" id="three" ${ADDRESSES}><body>hail</body></message>`));
  await eventually(() => expect(written[2]).toMatch(/<text [^>]*xml:lang="de"/));
});
