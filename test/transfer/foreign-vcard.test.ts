// Avatars and private messages in the files of other servers.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ejabberdSource } from "../../src/transfer/ejabberd/source.ts";
import { prosodySource } from "../../src/transfer/prosody/source.ts";
import type { Item, Source } from "../../src/transfer/source.ts";

const HOST = "rooms.example.org";
const PICTURE = Buffer.from("not really a picture").toString("base64");
const HASH = createHash("sha1").update(Buffer.from(PICTURE, "base64")).digest("hex");
const MARKUP = `<vCard xmlns="vcard-temp"><FN>Größer &amp; älter</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>${PICTURE}</BINVAL></PHOTO></vCard>`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-avatar-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function itemsOf(source: Source): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source.items(() => {})) items.push(item);
  return items;
}

const roomIn = (items: readonly Item[]) =>
  items.flatMap((item) => (item.kind === "room" ? [item.room] : []))[0];
const lossesIn = (items: readonly Item[]) =>
  items.flatMap((item) => (item.kind === "loss" ? [item.what] : []));

/** Returns the bytes of a text as Prosody writes them. */
const lua = (text: string): string =>
  `"${[...Buffer.from(text)].map((byte) => (byte < 127 && byte > 31 && byte !== 34 && byte !== 92 ? String.fromCharCode(byte) : `\\${byte}`)).join("")}"`;

/** Returns an element as mod_vcard stores it. */
const element = (name: string, content: readonly string[], xmlns?: string): string =>
  `{ ["name"] = ${lua(name)}; ["attr"] = { ${xmlns ? `["xmlns"] = ${lua(xmlns)};` : ""} }; ${content.map((each, index) => `[${index + 1}] = ${each};`).join(" ")} }`;

const photo = (data: string): string =>
  element("PHOTO", [element("TYPE", [lua("image/png")]), element("BINVAL", [lua(data)])]);

const luaVcard = (data: string): string =>
  element("vCard", [element("FN", [lua("Größer & älter")]), photo(data)], "vcard-temp");

function prosody(settings: string, vcard?: string): Promise<Item[]> {
  const data = join(folder, "rooms%2eexample%2eorg");
  for (const store of ["config", "vcard_muc"]) mkdirSync(join(data, store), { recursive: true });
  writeFileSync(
    join(data, "config", "coven.dat"),
    `return { ["_data"] = { ["persistent"] = true; ["archiving"] = false; ${settings} }; };`,
  );
  if (vcard !== undefined) writeFileSync(join(data, "vcard_muc", "coven.dat"), vcard);
  return itemsOf(prosodySource(folder, HOST));
}

const erlang = (text: string): string => `<<"${text.replaceAll('"', '\\"')}"/utf8>>`;

function ejabberd(vcard: string): Promise<Item[]> {
  const path = join(folder, "ejabberd.dump");
  const room = `{muc_room,{<<"coven">>,<<"${HOST}">>},[{persistent,true},{mam,false},{vcard,${vcard}},{vcard_xupdate,<<"x">>}]}.`;
  writeFileSync(path, `{tables,[]}.\n${room}\n`);
  return itemsOf(ejabberdSource(path, HOST));
}

describe.each([
  ["Prosody", (data: string) => prosody("", `return ${luaVcard(data)};`)],
  ["ejabberd", (data: string) => ejabberd(erlang(MARKUP.replace(PICTURE, data)))],
])("XEP-0486 the avatar of a room of %s", (_server, read) => {
  it("comes with the room, and its hash (XEP-0153 3.1)", async () => {
    const items = await read(PICTURE);
    const { notes } = roomIn(items) ?? {};
    expect(notes?.get("vcard")).toBe(MARKUP);
    expect(notes?.get("avatar-hashes")).toBe(HASH);
    expect(lossesIn(items)).toEqual([]);
  });

  it.each([
    ["A photo must be in Base64", "*"],
    ["400", "A".repeat(400_000)],
  ])("is a loss, of which no data is shown, (%s)", async (why, data) => {
    const items = await read(data);
    expect(roomIn(items)?.notes.has("vcard")).toBe(false);
    expect(lossesIn(items)).toEqual([expect.stringContaining(`its vCard, with the avatar (${why}`)]);
    for (const loss of lossesIn(items)) expect(loss.length).toBeLessThan(100);
  });
});

describe("a vCard that is damaged", () => {
  it.each(["", "return", "return { };", 'return { ["name"] = "x"; };', `return ${lua(MARKUP)};`])(
    "in Prosody's folder is a loss, and the room comes: %s",
    async (text) => {
      const items = await prosody("", text);
      expect(roomIn(items)).toBeDefined();
      expect(lossesIn(items)).toEqual(["its vCard, with the avatar (damaged)"]);
    },
  );

  it.each([erlang("<vCard>"), erlang("text"), erlang('<x xmlns="vcard-temp"/>')])(
    "in ejabberd's options is a loss, and the room comes: %s",
    async (text) => {
      const items = await ejabberd(text);
      expect(roomIn(items)).toBeDefined();
      expect(lossesIn(items)).toEqual(["its vCard, with the avatar (damaged)"]);
    },
  );
});

it("a room of ejabberd without a vCard has none", async () => {
  const items = await ejabberd("<<>>");
  expect([roomIn(items)?.notes.has("vcard"), lossesIn(items)]).toEqual([false, []]);
});

it.each([
  ["", "anyone", []],
  ['["allow_pm"] = "visitor";', "anyone", []],
  ['["allow_pm"] = "everyone";', "anyone", []],
  ['["allow_pm"] = "participant";', "participants", []],
  ['["allow_pm"] = "moderator"; ["allow_modpm"] = false;', "moderators", []],
  ['["allow_pm"] = "none";', "none", []],
  ['["allow_pm"] = "affiliated"; ["members_only"] = true;', "anyone", []],
  ['["allow_pm"] = "affiliated";', "moderators", ["allow_pm"]],
  ['["allow_pm"] = { };', "moderators", ["allow_pm"]],
  ['["allow_pm"] = "participant"; ["allow_modpm"] = true;', "participants", ["allow_modpm"]],
])("muc#roomconfig_allowpm of Prosody 13 is kept: %s", async (settings, expected, losses) => {
  const items = await prosody(settings);
  expect(roomIn(items)?.config.allowPrivateMessages).toBe(expected);
  expect(lossesIn(items)).toEqual(losses.map((name) => expect.stringContaining(`the setting ${name}`)));
});

it("a setting that is not carried over is shown, unless it is data", async () => {
  const items = await prosody(`["colour"] = "red"; ["picture"] = ${lua(PICTURE.repeat(20))};`);
  expect(lossesIn(items)).toEqual([
    'the setting colour ("red")',
    expect.stringMatching(/^the setting picture \(a value of \d+ characters\)$/),
  ]);
});

it("a room of another server that is not in order is left out, with its archive, and told of", async () => {
  const items = await prosody('["history_length"] = 1e300;');
  expect(roomIn(items)).toBeUndefined();
  expect(lossesIn(items)).toEqual([expect.stringContaining("the room (damaged: config.historyLength: ")]);
});
