// Messages that the archive and the discussion history keep.
import { describe, expect, it } from "vitest";
import { readContent } from "../../../src/transfer/markup.ts";
import { parse } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type Driver, MEMBER, OTHER, ROOM, sentTo, withThree } from "../../support/room-driver.ts";

const STATE = '<composing xmlns="http://jabber.org/protocol/chatstates"/>';
const RECEIPT = '<received xmlns="urn:xmpp:receipts" id="x"/>';
const DISPLAYED = '<displayed xmlns="urn:xmpp:chat-markers:0" id="x"/>';
const MARKABLE = '<markable xmlns="urn:xmpp:chat-markers:0"/>';
const THREAD = "<thread>t</thread>";
const ORIGIN = '<origin-id xmlns="urn:xmpp:sid:0" id="o"/>';
const STORE = `<store xmlns="${NS.hints}"/>`;
const REACTION = '<reactions xmlns="urn:xmpp:reactions:0" id="x"><reaction>!</reaction></reactions>';
const ENCRYPTED = '<encrypted xmlns="urn:example:encryption"/>';

const hint = (name: string) => `<${name} xmlns="${NS.hints}"/>`;

function sayAll(driver: Driver, contents: readonly string[]): void {
  driver.journal.length = 0;
  for (const [index, content] of contents.entries())
    driver.send(MEMBER, `<message type="groupchat" id="m${index}" to="${ROOM}">${content}</message>`);
}

/** Returns the kinds of the archived messages, and the number of messages in the history of a later entry. */
function kept(content: string): { archived: string[]; history: number } {
  const driver = withThree();
  sayAll(driver, [content]);
  const archived = driver.journal.flatMap((entry) =>
    entry.kind === "message-archived" ? entry.message.kind : [],
  );
  const told = sentTo(driver.join("late@shakespeare.example/x", "late"), "late@shakespeare.example/x");
  return { archived, history: told.filter((stanza) => stanza.is("message")).length - 1 };
}

const NOTHING = { archived: [], history: 0 };

describe("XEP-0313 3: what clients say of their state is no discussion, and is not archived", () => {
  it.each([
    ["a chat state (XEP-0085)", STATE],
    ["a receipt (XEP-0184)", RECEIPT],
    ["a request for receipts alone", '<request xmlns="urn:xmpp:receipts"/>'],
    ["a displayed marker (XEP-0333)", DISPLAYED],
    [
      "an acknowledged marker of its earlier version",
      '<acknowledged xmlns="urn:xmpp:chat-markers:0" id="x"/>',
    ],
    ["a message that could be marked, without content", MARKABLE],
    ["several of them", STATE + RECEIPT + DISPLAYED],
    ["nothing at all", ""],
  ])("%s", (_what, content) => {
    for (const beside of ["", THREAD, ORIGIN, hint("no-copy"), THREAD + ORIGIN + hint("no-copy")]) {
      expect(kept(content + beside)).toEqual(NOTHING);
      expect(kept(beside + content)).toEqual(NOTHING);
    }
  });

  it("nor is a body or subject of another namespace (RFC 6121 5.2)", () => {
    const other = { archived: ["other"], history: 0 };
    for (const name of ["body", "subject"])
      expect(kept(`<${name} xmlns="urn:example">x</${name}>`)).toEqual(other);
  });

  it("but what is said beside them is", () => {
    const beside = STATE + RECEIPT + MARKABLE + THREAD + ORIGIN;
    expect(kept(`<body>hail</body>${beside}`)).toEqual({ archived: ["discussion"], history: 1 });
    expect(kept(beside + REACTION)).toEqual({ archived: ["other"], history: 0 });
  });

  it("nor among private messages that the operator has archives keep", () => {
    const archive = { maxDays: 0, maxMessagesPerRoom: 0, privateMessages: true, presence: false };
    const driver = withThree({}, { environment: { archive } });
    driver.journal.length = 0;
    const whisper = (content: string) =>
      driver.send(MEMBER, `<message type="chat" id="w" to="${ROOM}/hecate">${content}</message>`);
    whisper(STATE + THREAD);
    whisper(RECEIPT + ORIGIN);
    whisper(DISPLAYED + hint("no-copy"));
    expect(driver.journal).toEqual([]);
    whisper(DISPLAYED + STORE);
    expect(driver.journal.map(({ kind }) => kind)).toEqual(["message-archived"]);
  });

  it("nor brought in by an import", () => {
    const read = (content: string) =>
      readContent(parse(`<message xmlns="jabber:client">${content}</message>`), ROOM, "none", "i")?.kind;
    expect([STATE + THREAD, RECEIPT + ORIGIN, DISPLAYED].map(read)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(read(ENCRYPTED + STORE)).toBe("discussion");
    expect(read(ENCRYPTED)).toBe("other");
  });
});

describe("XEP-0334 4.4: store keeps what has no body, in the archive and for who enters", () => {
  it.each([
    ["an encrypted message", ENCRYPTED],
    ["a reaction", REACTION],
    ["a marker", DISPLAYED],
    ["a chat state in a thread", STATE + THREAD],
  ])("%s", (_what, content) => {
    expect(kept(content + STORE)).toEqual({ archived: ["discussion"], history: 1 });
  });

  it("after a restart too", () => {
    const driver = withThree({ "muc#roomconfig_persistentroom": "1" });
    sayAll(driver, [ENCRYPTED + STORE]);
    driver.leave(OTHER, "hecate");
    const told = sentTo(driver.restarted().join(OTHER, "hecate"), OTHER);
    expect(told.filter((stanza) => stanza.getChild("encrypted"))).toHaveLength(1);
  });

  it.each(["no-store", "no-permanent-store"])("but not against %s (4.1, 4.2)", (name) => {
    expect(kept(ENCRYPTED + STORE + hint(name))).toEqual(NOTHING);
  });

  it("and a change of subject is no part of the history by it (XEP-0045 7.2.15)", () => {
    const driver = withThree({ "muc#roomconfig_changesubject": "1" });
    sayAll(driver, [`<subject>Spells</subject>${STORE}`]);
    const told = sentTo(driver.join("late@shakespeare.example/x", "late"), "late@shakespeare.example/x");
    expect(told.filter((stanza) => stanza.is("message"))).toHaveLength(1);
  });
});
