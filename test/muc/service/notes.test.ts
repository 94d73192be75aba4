// Validation of the notes of stored rooms.
import { describe, expect, it } from "vitest";
import type { RoomRecord } from "../../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../../src/muc/model/room-config.ts";
import { noteProblem } from "../../../src/muc/service/notes.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, type DriverOptions, MEMBER, OTHER, OWNER, ROOM } from "../../support/room-driver.ts";

const HASH = "a".repeat(40);

/** Valid texts of each note. */
const GOOD: Record<string, string[]> = {
  "affiliation-versions": ['{"count":3,"jids":["a@b.example"]}'],
  "avatar-hashes": [HASH, `${HASH} ${HASH}`],
  hats: [
    '{"hats":[{"uri":"urn:x","title":"Host","hue":"1.5"},{"uri":"urn:y","title":""}],"worn":{"a@b.example":["urn:x"]}}',
  ],
  "held-messages": [
    '[{"key":"k","at":5,"nick":"a","jid":"a@b.example/c","author":"o","payload":"<body>Hi</body>","text":"Hi"}]',
  ],
  invitations: [
    '[{"inviter":"a@b.example","from":"coven@chat.example","invitee":"c@d.example","at":5,"counts":true,"over":true}]',
  ],
  "members-only-until": ["0", "1764000000000"],
  mentions: ["{}", '{"count":5,"individual":"none","channel":"moderators","associations":"participants"}'],
  mutes: ['[{"jid":"a@b.example","until":1764000000000,"by":"c@d.example","reason":"spam"}]'],
  "occupant-id": ["key", "prosody:salt"],
  purges: [
    '[{"jid":"a@b.example","since":0,"until":1764000000000,"by":"c@d.example","payload":"<retracted/>"}]',
  ],
  "real-jids-since": ["0", "1764000000000"],
  "registration-requests": ['[{"jid":"a@b.example","nick":"a","told":{"muc#register_first":["A"]}}]'],
  roles: ['[["a@b.example","visitor"],["c@d.example","participant"]]'],
  reports: [
    '[{"id":"r","at":5,"by":"a@b.example","jid":"c@d.example","occupantId":"o","nick":"c","reason":"urn:xmpp:reporting:spam","comment":"No","stanzaId":"s","text":"Buy!"}]',
  ],
  silences: ['[{"jid":"a@b.example","until":1764000000000},{"jid":"c@d.example"}]'],
  vcard: [
    '<vCard xmlns="vcard-temp"><FN>Coven</FN></vCard>',
    '<vCard xmlns="vcard-temp"><PHOTO><BINVAL>AAAA</BINVAL></PHOTO></vCard>',
  ],
  "voice-requests": ['[{"jid":"a@b.example","nick":"a","asked":["c@d.example/e"]}]'],
};

/** Invalid texts: no JSON, a wrong type, fields that are missing, unknown or of a wrong type, deep or long values. */
const GARBAGE = [
  "",
  "{",
  "null",
  "1e999",
  "-1",
  "true",
  '"text"',
  '{"__proto__":1}',
  "[null]",
  "[[]]",
  "[{}]",
  "<vCard>",
  '<vCard xmlns="vcard-temp">',
  '<vCard xmlns="vcard-temp"/>text',
  '{"count":-1,"jids":[]}',
  '{"count":"many","jids":[]}',
  '{"count":1}',
  '{"hats":{},"worn":{}}',
  '{"hats":[{"uri":"urn:x"}],"worn":{}}',
  '{"hats":[],"worn":{"a@b.example":"urn:x"}}',
  '{"hats":[],"worn":{},"colour":"red"}',
  '{"individual":"everybody"}',
  '[["a@b.example","moderator"]]',
  '[["a@b.example"]]',
  '[{"jid":"a@b.example","nick":1}]',
  '[{"inviter":"a@b.example"}]',
  `[${"[".repeat(10_000)}${"]".repeat(10_000)}]`,
  `[${'"x",'.repeat(20_000)}"x"]`,
  "\u0000",
];

/** Returns the texts that are invalid for a note, including valid texts of other notes. */
const badFor = (name: string): string[] =>
  [...GARBAGE, ...Object.entries(GOOD).flatMap(([other, texts]) => (other === name ? [] : texts))].filter(
    (text) => noteProblem(name, text) !== undefined,
  );

const record = (notes: Record<string, string>): RoomRecord => ({
  node: "coven",
  config: { ...DEFAULT_ROOM_CONFIG, persistent: true, whois: "anyone", moderated: true },
  locked: false,
  subject: undefined,
  affiliations: [
    { jid: "crone1@shakespeare.example", affiliation: "owner", reason: undefined, nick: undefined },
  ],
  notes: new Map(Object.entries(notes)),
  sessions: [],
});

/** Sends stanzas that use all notes, from an owner, a member and a visitor. */
function useAll(driver: Driver, name: string): void {
  const ask = (from: string, type: string, payload: string) => {
    const answer = driver.send(from, `<iq type="${type}" id="q" to="${ROOM}">${payload}</iq>`).at(-1);
    expect(String(answer)).not.toContain("internal-server-error");
  };
  driver.join(OWNER, "firstwitch", `<mav xmlns="${NS.affiliationVersions}"/>`);
  driver.join(MEMBER, "thirdwitch");
  for (const from of [OWNER, MEMBER, OTHER]) {
    ask(from, "get", '<vCard xmlns="vcard-temp"/>');
    ask(from, "get", `<query xmlns="${NS.discoInfo}"/>`);
    ask(from, "get", `<query xmlns="${NS.mentions}"/>`);
    if (name === "real-jids-since") ask(from, "set", `<query xmlns="${NS.mam}"/>`);
    ask(from, "set", `<command xmlns="${NS.commands}" node="urn:xmpp:hats:commands:list"/>`);
  }
  driver.admin(OWNER, '<item affiliation="member" jid="hecate@shakespeare.example"/>');
  driver.admin(OWNER, '<item nick="thirdwitch" role="participant"/>');
  driver.register(OTHER, "hecate");
  const x = `<x xmlns="${NS.mucUser}"><invite to="duncan@shakespeare.example"/></x>`;
  driver.send(OWNER, `<message to="${ROOM}">${x}</message>`);
  expect(driver.say(MEMBER, "hi").length).toBeGreaterThan(1);
  driver.leave(MEMBER, "thirdwitch");
}

function restored(notes: Record<string, string>) {
  const damage: string[] = [];
  const options: DriverOptions = { records: [record(notes)], damaged: (what) => void damage.push(what) };
  return { driver: new Driver(options), damage };
}

describe.each(Object.keys(GOOD))("the note %s of a stored room", (name) => {
  it("is loaded unchanged if it is valid", () => {
    for (const text of GOOD[name] ?? []) {
      const { driver, damage } = restored({ [name]: text });
      expect([driver.registry.get("coven")?.notes.get(name), damage]).toEqual([text, []]);
      useAll(driver, name);
    }
  });

  it("is reported once and left out if it is damaged; the room works without it", () => {
    const bad = badFor(name);
    expect(bad.length).toBeGreaterThan(name === "occupant-id" ? 0 : 20);
    for (const text of bad) {
      const { driver, damage } = restored({ [name]: text });
      expect(damage).toEqual([expect.stringContaining(`note "${name}": `)]);
      expect(driver.registry.get("coven")?.notes.get(name)).not.toBe(text);
      useAll(driver, name);
    }
  });
});

describe("a damaged note is replaced if leaving it out would not be safe:", () => {
  it("the time since when real JIDs are shown becomes now, which hides those of older messages", () => {
    const { driver } = restored({ "real-jids-since": "long ago" });
    expect(driver.registry.get("coven")?.notes.get("real-jids-since")).toBe(String(driver.now));
  });

  it("the version of the affiliation lists becomes one that was never used (XEP-0463 4)", () => {
    const { driver } = restored({ "affiliation-versions": '{"count":"3"}' });
    const text = driver.registry.get("coven")?.notes.get("affiliation-versions");
    expect(JSON.parse(text ?? "")).toEqual({ count: driver.now, jids: [] });
  });
});

it("a note with an unknown name is reported and left out", () => {
  const { driver, damage } = restored({ broom: "{}" });
  expect(damage).toEqual(['note "broom": there is no such note']);
  expect(driver.registry.get("coven")?.notes.size).toBe(0);
});
