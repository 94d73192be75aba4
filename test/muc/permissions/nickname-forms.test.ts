// Nicknames from payloads get the form that servers carry (XEP-0045 section 17.1, RFC 3920 appendix B).
import { describe, expect, it } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";

function register(driver: Driver, from: string, nick: string): string | undefined {
  const form = `<x xmlns="${NS.dataForms}" type="submit"><field var="FORM_TYPE"><value>${NS.mucRegister}</value></field><field var="muc#register_roomnick"><value>${nick}</value></field></x>`;
  const sent = driver.send(
    from,
    `<iq type="set" id="r" to="${ROOM}"><query xmlns="${NS.register}">${form}</query></iq>`,
  );
  const reply = sent.find((stanza) => stanza.attrs.id === "r");
  return errorOf(reply) ?? reply?.attrs.type;
}

const open = () => openRoom({ "verona#open_registration": "1" });
const nickOf = (driver: Driver) => driver.registry.get("coven")?.affiliations.get(HAG)?.nick;

describe.each([
  ["Ｊｕｌｉｅｔ", "Juliet"],
  ["ﬁona", "fiona"],
  ["x²", "x2"],
  ["❤️", "❤"],
])("%s in a payload is %s", (given, nick) => {
  it("where a user registers it (7.10)", () => {
    const driver = open();
    expect(register(driver, MEMBER, given)).toBe("result");
    expect(nickOf(driver)).toBe(nick);
  });

  it("where an admin reserves it (9.5)", () => {
    const driver = open();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="${given}"/>`);
    expect(nickOf(driver)).toBe(nick);
  });

  it("where somebody is named by it (8.2), and taken (7.2.8)", () => {
    const driver = open();
    driver.join(MEMBER, nick);
    expect(register(driver, OTHER, given)).toBe("cancel/conflict");
    expect(errorOf(driver.join(OTHER, given)[0])).toBe("cancel/conflict");
    const kicked = driver.admin(OWNER, `<item role="none" nick="${given}"/>`);
    expect(sentTo(kicked, OWNER).map(brief)[0]).toBe(
      `presence unavailable ${nick} > crone1 none/none jid 307`,
    );
  });
});

describe("a nickname that not all servers carry", () => {
  it.each(["🤷‍♂️", "🤷", "ᴬdmin", "אa"])("%s is refused in payloads", (nick) => {
    const driver = open();
    expect(register(driver, MEMBER, nick)).toBe("modify/jid-malformed");
    const item = `<item affiliation="member" jid="${HAG}" nick="${nick}"/>`;
    expect(errorOf(driver.admin(OWNER, item)[0])).toBe("modify/jid-malformed");
    expect(nickOf(driver)).toBeUndefined();
  });

  it("is registered by who uses it: its server carries it", () => {
    const driver = open();
    driver.join(MEMBER, "🤷‍♂️");
    expect(register(driver, MEMBER, "🤷‍♂️")).toBe("result");
    expect(nickOf(driver)).toBe("🤷‍♂️");
  });

  it("locks nobody down who cannot enter by it (7.2.2)", () => {
    const driver = openRoom({ "verona#lock_nicknames": "1", "verona#open_registration": "1" });
    driver.join(MEMBER, "🤷");
    register(driver, MEMBER, "🤷");
    driver.leave(MEMBER, "🤷");
    expect(driver.join(MEMBER, "thirdwitch").map(brief)).toContain(
      "presence thirdwitch > crone1 member/participant jid",
    );
  });
});

describe("two forms of one nickname", () => {
  it("are one occupant's, under the form in which it entered", () => {
    const driver = open();
    driver.join(MEMBER, "x²");
    const own = driver.join("hag66@shakespeare.example/laptop", "x2");
    expect(sentTo(own, "hag66@shakespeare.example/laptop").map(brief)).toContain(
      "presence x² > hag66 none/participant jid 210,110",
    );
    const whisper = `<message type="chat" to="${ROOM}/x2"><body>psst</body></message>`;
    expect(sentTo(driver.send(OWNER, whisper), MEMBER).length).toBe(1);
  });

  it("a user changes one into the other (7.6)", () => {
    const driver = open();
    driver.join(MEMBER, "x²");
    expect(sentTo(driver.send(MEMBER, `<presence to="${ROOM}/x2"/>`), OWNER).map(brief)).toEqual([
      "presence unavailable x² > crone1 none/participant jid nick=x2 303",
      "presence x2 > crone1 none/participant jid",
    ]);
    expect(driver.registry.get("coven")?.occupants.size).toBe(2);
  });
});
