import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  sentTo,
  withMember,
} from "../../support/room-driver.ts";

const PNG = Buffer.from("not really a picture");
const SVG = Buffer.from("<svg/>");
const sha1 = (data: Buffer) => createHash("sha1").update(data).digest("hex");
const photo = (data: Buffer, type = "image/png") =>
  `<PHOTO><TYPE>${type}</TYPE><BINVAL>\n ${data.toString("base64")}\n</BINVAL></PHOTO>`;
const AVATAR = `<FN>Coven</FN>${photo(PNG)}`;

function vcard(driver: Driver, from: string, type: "get" | "set", content = ""): Element[] {
  const element = `<vCard xmlns="vcard-temp">${content}</vCard>`;
  return driver.send(from, `<iq type="${type}" id="v" to="${ROOM}">${element}</iq>`);
}

/** Returns the avatar hash in the room's own presence; undefined if there is no such presence. */
function presenceHash(stanzas: readonly Element[]): string | undefined {
  const presence = stanzas.find((stanza) => stanza.is("presence") && stanza.attrs.from === ROOM);
  return presence && child(presence, "x", NS.vcardUpdate)?.getChild("photo")?.getText();
}

function discoHashes(driver: Driver, from: string): string[] | undefined {
  const info = `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`;
  const form = driver.send(from, info)[0]?.getChild("query")?.getChild("x");
  const fields = form?.getChildren("field") ?? [];
  const field = fields.find(({ attrs }) => attrs.var === "muc#roominfo_avatarhash");
  return field?.getChildren("value").map((value) => value.getText());
}

describe("XEP-0486 3.2 an owner publishes the avatar", () => {
  it("occupants get the room's own presence with the hash, and status 104", () => {
    const driver = withMember();
    const sent = vcard(driver, OWNER, "set", AVATAR);
    for (const client of [OWNER, MEMBER]) {
      const received = sentTo(sent, client);
      expect(presenceHash(received)).toBe(sha1(PNG));
      expect(received.map(brief)).toContain(`message groupchat @ > ${client.split("@")[0]} 104`);
    }
    expect(sent.map(brief).at(-1)).toBe("iq result @ > crone1");
    expect(vcard(driver, OWNER, "set", AVATAR).map(brief)).toEqual(["iq result @ > crone1"]);
  });

  it("an empty vCard removes it", () => {
    const driver = withMember();
    vcard(driver, OWNER, "set", AVATAR);
    const sent = sentTo(vcard(driver, OWNER, "set"), MEMBER);
    expect(presenceHash(sent)).toBe("");
    expect(sent.map(brief)).toContain("message groupchat @ > hag66 104");
    expect(discoHashes(driver, OTHER)).toBeUndefined();
    expect(errorOf(vcard(driver, OTHER, "get")[0])).toBe("cancel/item-not-found");
  });

  it("only owners may publish it (6), and a photo must be Base64", () => {
    const driver = withMember();
    driver.admin(OWNER, '<item affiliation="admin" nick="thirdwitch"/>');
    expect(errorOf(vcard(driver, MEMBER, "set", AVATAR)[0])).toBe("auth/forbidden");
    expect(errorOf(vcard(driver, OWNER, "set", "<PHOTO><BINVAL>*</BINVAL></PHOTO>")[0])).toBe(
      "modify/bad-request",
    );
    expect(discoHashes(driver, OTHER)).toBeUndefined();
  });
});

describe("XEP-0486 3.3, 3.4 and 5 discovering the avatar", () => {
  it("the room information has a hash for each format, and the vCard is returned unchanged", () => {
    const driver = withMember();
    vcard(driver, OWNER, "set", AVATAR + photo(SVG, "image/svg+xml"));
    expect(discoHashes(driver, OTHER)).toEqual([sha1(PNG), sha1(SVG)]);
    const card = vcard(driver, OTHER, "get")[0]?.getChild("vCard", NS.vcard);
    expect(card?.getChild("FN")?.getText()).toBe("Coven");
    expect(card?.getChildren("PHOTO")).toHaveLength(2);
  });

  it("an entering client gets the room's presence after its self-presence, only if there is an avatar (5.2)", () => {
    const driver = withMember();
    const before = driver.join(OTHER, "hecate");
    expect(presenceHash(before)).toBeUndefined();
    driver.leave(OTHER, "hecate");
    vcard(driver, OWNER, "set", AVATAR);
    const after = sentTo(driver.join(OTHER, "hecate"), OTHER);
    expect(presenceHash(after)).toBe(sha1(PNG));
    const order = after.filter((stanza) => stanza.is("presence")).map((stanza) => stanza.attrs.from);
    expect(order.slice(-2)).toEqual([`${ROOM}/hecate`, ROOM]);
  });

  it("the avatar is stored with the room", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" });
    vcard(driver, OWNER, "set", AVATAR);
    expect(driver.journal.filter((entry) => entry.kind === "note-changed").map(({ name }) => name)).toEqual(
      expect.arrayContaining(["vcard", "avatar-hashes"]),
    );
    const record = driver.registry.get("coven")?.record();
    if (!record) throw new Error("no room");
    const after = new Driver({ records: [record] });
    expect(discoHashes(after, OTHER)).toEqual([sha1(PNG)]);
    expect(vcard(after, OTHER, "get")[0]?.getChild("vCard")?.toString()).toBe(
      vcard(driver, OTHER, "get")[0]?.getChild("vCard")?.toString(),
    );
  });
});
