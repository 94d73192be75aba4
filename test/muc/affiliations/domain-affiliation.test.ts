// Addresses without a localpart, such as those of components (XEP-0045 section 9.2, RFC 7622 section 3.1).
import { describe, expect, it } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  adminList,
  brief,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  sentTo,
  withThree,
} from "../../support/room-driver.ts";

const BOT = "bot.example";
const BOT_CLIENT = "bot.example/x";
const DOMAIN = "shakespeare.example";

const affiliate = (jid: string, affiliation: string) => `<item affiliation="${affiliation}" jid="${jid}"/>`;

describe("a component", () => {
  it.each(["owner", "admin", "member"])("may be %s by its address", (affiliation) => {
    const driver = openRoom();
    const sent = driver.admin(OWNER, affiliate(BOT, affiliation));
    expect(sent.map(brief)).toEqual([
      `message @ > crone1 ${affiliation}/undefined jid`,
      "iq result @ > crone1",
    ]);
    expect(adminList(driver, OWNER, `<item affiliation="${affiliation}"/>`)).toContainEqual({
      jid: BOT,
      affiliation,
    });
    const entered = driver.join(BOT_CLIENT, "bot").map(brief);
    const role = affiliation === "member" ? "participant" : "moderator";
    expect(entered).toContainEqual(`presence bot > crone1 ${affiliation}/${role} jid`);
  });

  it("gets presence with its new affiliation in the room, as the others do", () => {
    const driver = openRoom();
    driver.join(BOT_CLIENT, "bot");
    expect(driver.admin(OWNER, affiliate(BOT, "member")).map(brief)).toEqual([
      "presence bot > crone1 member/participant jid",
      "presence bot > bot.example/x member/participant jid 110",
      "iq result @ > crone1",
    ]);
  });

  it("may submit the unchanged configuration form of a room that it has created", () => {
    const driver = openRoom();
    driver.join(BOT_CLIENT, "bot", `<x xmlns="${NS.muc}"/>`);
    driver.admin(OWNER, affiliate(BOT, "owner"));
    const offered = driver.owner(BOT_CLIENT, "", "get")[0]?.getChild("query")?.getChild("x", NS.dataForms);
    const values = (offered?.getChildren("field") ?? []).map((field): [string, string[]] => [
      field.attrs.var ?? "",
      field.getChildren("value").map((value) => value.getText()),
    ]);
    expect(Object.fromEntries(values)["muc#roomconfig_roomowners"]).toContain(BOT);
    const [reply] = driver.configure(BOT_CLIENT, Object.fromEntries(values));
    expect(reply?.attrs.type).toBe("result");
    expect(driver.registry.get("coven")?.affiliationOf(BOT)).toBe("owner");
  });

  it("is banned with the users of its domain; an admin cannot ban it if it is an owner", () => {
    const driver = openRoom();
    driver.admin(OWNER, affiliate("hecate@shakespeare.example", "admin"));
    driver.admin(OWNER, affiliate(BOT, "owner"));
    expect(errorOf(driver.admin(OTHER, affiliate(BOT, "outcast"))[0])).toBe("cancel/not-allowed");
    driver.join(`troll@${BOT}/cave`, "troll");
    driver.join(BOT_CLIENT, "bot");
    const gone = driver
      .admin(OWNER, affiliate(BOT, "outcast"))
      .filter((stanza) => stanza.attrs.type === "unavailable");
    expect(sentTo(gone, OWNER).map(brief)).toEqual([
      "presence unavailable bot > crone1 outcast/none jid 301",
      "presence unavailable troll > crone1 outcast/none jid 301",
    ]);
  });
});

describe("an affiliation of a domain's address", () => {
  it.each(["owner", "admin", "member"])(
    "%s does not apply to its users, who get no presence",
    (affiliation) => {
      const driver = withThree();
      const sent = driver.admin(OWNER, affiliate(DOMAIN, affiliation));
      expect(sent.map(brief)).toEqual([
        `message @ > crone1 ${affiliation}/undefined jid`,
        "iq result @ > crone1",
      ]);
      expect(sentTo(sent, MEMBER)).toEqual([]);
      expect(driver.registry.get("coven")?.affiliationOf("hag66@shakespeare.example")).toBe("none");
      expect(errorOf(driver.owner(MEMBER, "", "get")[0])).toBe("auth/forbidden");
    },
  );

  it("lets its users in again when it is no longer outcast (9.2)", () => {
    const driver = openRoom();
    driver.admin(OWNER, affiliate("evil.example", "outcast"));
    expect(errorOf(driver.join("troll@evil.example/cave", "troll")[0])).toBe("auth/forbidden");
    driver.admin(OWNER, affiliate("evil.example", "member"));
    expect(driver.join("troll@evil.example/cave", "troll").map(brief)).toContain(
      "presence troll > crone1 none/participant jid",
    );
  });

  it("is not granted to a single word, which is likely a nickname that a client sent as JID", () => {
    const driver = openRoom();
    expect(errorOf(driver.admin(OWNER, affiliate("hecate", "admin"))[0])).toBe("cancel/not-allowed");
    expect(driver.admin(OWNER, affiliate("localhost", "outcast")).map(brief)).toContain(
      "iq result @ > crone1",
    );
  });
});
