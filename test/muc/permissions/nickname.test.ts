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
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const presence = (nick: string, content = "") => `<presence to="${ROOM}/${nick}">${content}</presence>`;

/** Returns nickname and status codes of the self-presence that answers a join, or the error. */
function enter(driver: Driver, nick: string, from = MEMBER): string {
  const own = sentTo(driver.join(from, nick), from).find((s) => errorOf(s) || brief(s).includes("110"));
  return errorOf(own) ?? brief(own as NonNullable<typeof own>).replace(/^presence (.*) > .* jid/s, "$1");
}

describe("XEP-0045 17.1 what may be a nickname", () => {
  it.each([
    ["a space", " "],
    ["spaces of other scripts", "\u00a0\u3000"],
    ["blanks that are no spaces", "\u2800"],
    ["a filler", "\u3164"],
    ["a line separator", "a\u2028b"],
    ["a control character", "a\u0085b"],
    ["a bidirectional override", "a\u202eb"],
    ["a zero-width space", "a\u200bb"],
    ["more than 1023 bytes", "é".repeat(512)],
  ])("not %s: jid-malformed, also where there is no room yet", (_what, nick) => {
    expect(enter(openRoom(), nick)).toBe("modify/jid-malformed");
    const elsewhere = openRoom().send(
      MEMBER,
      presence(nick, `<x xmlns="${NS.muc}"/>`).replace(ROOM, "heath@chat.example"),
    );
    expect(errorOf(elsewhere[0])).toBe("modify/jid-malformed");
  });

  it.each(["Ὀδυσσεύς", "שלום", "محمد 1", "👩‍👧", "Ｈａｇ", "<&\"'>"])(
    "%s may be, unchanged (RFC 7622 section 3.4)",
    (nick) => {
      const escaped = nick.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;");
      expect(enter(openRoom(), escaped)).toBe(`${nick} 110`);
    },
  );

  it("is as long as the service allows, counted in characters: policy-violation beyond", () => {
    const driver = openRoom();
    expect(enter(driver, "👩".repeat(65))).toBe("modify/policy-violation");
    expect(enter(driver, "👩".repeat(64))).toContain("110");
    const other = openRoom();
    expect(
      errorOf(other.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="${"a".repeat(65)}"/>`)[0]),
    ).toBe("modify/policy-violation");
  });
});

describe("XEP-0045 7.2.2 status 210: the room has changed the nickname", () => {
  it.each([
    ["other spaces are plain spaces", "old\u00a0hag", "old hag"],
    ["accents are composed (NFC, not NFKC)", "ha\u0301g\ufb01", "hág\ufb01"],
  ])("on entering: %s", (_what, asked, enforced) => {
    const driver = openRoom();
    expect(enter(driver, asked)).toBe(`${enforced} 210,110`);
    expect(enter(driver, enforced)).toBe(`${enforced} 110`);
  });

  it("the others are not told", () => {
    expect(sentTo(openRoom().join(MEMBER, "old\u00a0hag"), OWNER).map(brief)).toEqual([
      "presence old hag > crone1 none/participant jid",
    ]);
  });

  it("on changing the nickname, also to what is the present one (7.6)", () => {
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    expect(sentTo(driver.send(MEMBER, presence("old\u00a0hag")), MEMBER).map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/participant jid nick=old hag 303,110",
      "presence old hag > hag66 none/participant jid 210,110",
    ]);
    expect(driver.send(MEMBER, presence("old\u3000hag")).map(brief)).toEqual([
      "presence old hag > crone1 none/participant jid",
      "presence old hag > hag66 none/participant jid 210,110",
    ]);
  });
});

describe("XEP-0045 14.6 nicknames that look like another's", () => {
  it("are refused with conflict, whether the other is in use or reserved", () => {
    const driver = openRoom();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="Hecate"/>`);
    expect(enter(driver, "fіrstwitch", OTHER)).toBe("cancel/conflict");
    expect(enter(driver, "FirstWitch ", OTHER)).toBe("cancel/conflict");
    expect(enter(driver, "hесаtе", OTHER)).toBe("cancel/conflict");
    driver.join(OTHER, "broom");
    expect(errorOf(driver.send(OTHER, presence("HECATE"))[0])).toBe("cancel/conflict");
  });

  it("are everybody's own to use, and free when the other has left or lost the reservation", () => {
    const driver = openRoom();
    driver.join(MEMBER, "Hecate");
    expect(enter(driver, "hecate", "hag66@shakespeare.example/laptop")).toContain("110");
    driver.leave(MEMBER, "Hecate");
    expect(enter(driver, "HECATE", OTHER)).toBe("cancel/conflict");
    driver.leave("hag66@shakespeare.example/laptop", "hecate");
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="hecate"/>`);
    expect(enter(driver, "HECATE", OTHER)).toBe("cancel/conflict");
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick=""/>`);
    expect(enter(driver, "HECATE", OTHER)).toContain("110");
  });

  it("do not keep another client from joining its user, where both were in use before the room minded", () => {
    const driver = openRoom({ "verona#refuse_lookalikes": "0" });
    driver.join(OTHER, "Hecate");
    driver.join(MEMBER, "hecate");
    driver.configure(OWNER, { "verona#refuse_lookalikes": "1" });
    expect(enter(driver, "hecate", "hag66@shakespeare.example/laptop")).toContain("110");
  });

  it("are known after a restart, by what is reserved", () => {
    const first = openRoom({ "muc#roomconfig_persistentroom": "1" });
    first.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="Hecate"/>`);
    const records = [first.registry.get("coven")?.record()].filter((record) => record !== undefined);
    expect(enter(openRoom({}, { records }), "hесаtе", OTHER)).toBe("cancel/conflict");
  });

  it("do not keep a member from its reserved nickname", () => {
    const driver = openRoom();
    driver.join(OTHER, "Hecate");
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="hecate"/>`);
    expect(enter(driver, "hecate")).toContain("110");
  });

  it("compare sight with sight and case with case: lan is refused beside Ian, Lana is not beside Iana", () => {
    const driver = openRoom();
    driver.join(OTHER, "Ian");
    expect(enter(driver, "lan")).toBe("cancel/conflict");
    const other = openRoom();
    other.join(OTHER, "Iana");
    expect(enter(other, "lana")).toBe("cancel/conflict");
    expect(enter(other, "Lana")).toContain("110");
  });

  it("are allowed where the room does not mind", () => {
    expect(enter(openRoom({ "verona#refuse_lookalikes": "0" }), "FirstWitch")).toContain("110");
  });
});

describe("XEP-0045 7.2.2 and 7.6 nicknames that are locked down", () => {
  const locked = () => {
    const driver = openRoom({ "verona#lock_nicknames": "1" });
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    return driver;
  };

  it("a member enters under the reserved one whatever it asks for, and is told by 210", () => {
    expect(enter(locked(), "oldhag")).toBe("thirdwitch 210,110");
    expect(enter(locked(), "thirdwitch")).toBe("thirdwitch 110");
  });

  it("and again where it joins once more while it is in the room (17.3), which renames nobody", () => {
    const driver = locked();
    const first = enter(driver, "oldhag");
    const again = driver.join(MEMBER, "oldhag");
    expect(again.filter((stanza) => stanza.attrs.type !== undefined && stanza.is("presence"))).toEqual([]);
    expect(enter(driver, "oldhag")).toBe(first);
  });

  it("and may not change it: not-acceptable", () => {
    const driver = locked();
    driver.join(MEMBER, "thirdwitch");
    expect(errorOf(driver.send(MEMBER, presence("oldhag"))[0])).toBe("cancel/not-acceptable");
    expect(driver.send(MEMBER, presence("thirdwitch", "<show>xa</show>"))).toHaveLength(2);
  });

  it("but may change to it, where it was reserved while the member used another", () => {
    const driver = openRoom({ "verona#lock_nicknames": "1" });
    driver.join(MEMBER, "oldhag");
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    expect(errorOf(driver.send(MEMBER, presence("hag"))[0])).toBe("cancel/not-acceptable");
    driver.send(MEMBER, presence("thirdwitch"));
    expect(driver.registry.get("coven")?.occupants.get("thirdwitch")?.bareJid).toBe(HAG);
  });

  it("who has none chooses freely", () => {
    const driver = locked();
    expect(enter(driver, "hecate", OTHER)).toContain("110");
    expect(errorOf(driver.send(OTHER, presence("broom"))[0])).toBeUndefined();
  });
});

describe("XEP-0045 7.6 changing one's nickname", () => {
  it("is refused with not-acceptable to visitors where the room does not let them (5.1.1)", () => {
    const driver = openRoom({ "muc#roomconfig_moderatedroom": "1", "verona#visitors_may_rename": "0" });
    driver.join(MEMBER, "thirdwitch");
    expect(errorOf(driver.send(MEMBER, presence("oldhag"))[0])).toBe("cancel/not-acceptable");
    driver.admin(OWNER, '<item nick="thirdwitch" role="participant"/>');
    expect(errorOf(driver.send(MEMBER, presence("oldhag"))[0])).toBeUndefined();
  });

  it("is refused with conflict where the new one is reserved for another (7.12)", () => {
    const driver = openRoom();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    driver.join(OTHER, "hecate");
    expect(errorOf(driver.send(OTHER, presence("thirdwitch"))[0])).toBe("cancel/conflict");
  });

  it("to that of the user's own other client makes both share it (7.2.8)", () => {
    const laptop = `${HAG}/laptop`;
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    driver.join(laptop, "oldhag");
    const sent = driver.send(laptop, presence("thirdwitch", "<show>xa</show>"));
    expect(sent.map(brief)).toEqual([
      "presence unavailable oldhag > hag66 none/participant jid nick=thirdwitch 303,110",
      "presence unavailable oldhag > crone1 none/participant jid nick=thirdwitch 303",
      "presence unavailable oldhag > hag66 none/participant nick=thirdwitch 303",
      "presence thirdwitch > crone1 none/participant jid",
      "presence thirdwitch > hag66 none/participant jid 110",
      "presence thirdwitch > hag66 none/participant jid 110",
    ]);
    expect(sent[3]?.getChild("show")?.getText()).toBe("xa");
    const room = driver.registry.get("coven");
    expect([...(room?.occupants.keys() ?? [])]).toEqual(["firstwitch", "thirdwitch"]);
    expect(room?.sessions.get(laptop)).toBe(room?.sessions.get(MEMBER));
    driver.leave(MEMBER, "thirdwitch");
    expect(sentTo(driver.leave(laptop, "thirdwitch"), OWNER).map(brief)).toEqual([
      "presence unavailable thirdwitch > crone1 none/none jid",
    ]);
  });

  it("shows the presence of the client that changed it, and is that of all the user's clients", () => {
    const laptop = `${HAG}/laptop`;
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    driver.join(laptop, "thirdwitch");
    const sent = driver.send(MEMBER, presence("oldhag", "<show>xa</show>"));
    expect(sentTo(sent, laptop).map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/participant jid nick=oldhag 303,110",
      "presence oldhag > hag66 none/participant jid 110",
    ]);
    expect(sentTo(sent, OWNER).at(-1)?.getChild("show")?.getText()).toBe("xa");
  });

  it("is refused, and the client is shown that it is inside under the old one, whatever the reason", () => {
    const driver = withThree();
    for (const [nick, condition] of [
      ["hecate", "conflict"],
      ["n".repeat(70), "policy-violation"],
    ] as const) {
      expect(driver.send(MEMBER, presence(nick)).map(brief)).toEqual([
        `presence error ${nick} > hag66 ${condition}`,
        "presence thirdwitch > hag66 none/participant jid 110",
      ]);
    }
  });

  it("by a join sends everything that a join sends (17.3), but for the history, which the client has", () => {
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    driver.say(OWNER, "Thrice the brinded cat hath mew'd");
    const sent = driver.join(MEMBER, "oldhag");
    expect(sentTo(sent, MEMBER).map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/participant jid nick=oldhag 303,110",
      "presence firstwitch > hag66 owner/moderator",
      "presence oldhag > hag66 none/participant jid 110",
      "message groupchat @ > hag66",
    ]);
    expect(sentTo(sent, OWNER).map(brief)).toEqual([
      "presence unavailable thirdwitch > crone1 none/participant jid nick=oldhag 303",
      "presence oldhag > crone1 none/participant jid",
    ]);
  });
});
