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
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const HOST = { title: "Host", uri: "urn:x:host" };

function run(driver: Driver, from: string, name: string, fields?: Record<string, string>): Element[] {
  const all = { FORM_TYPE: "urn:xmpp:hats:commands", ...fields };
  const written = Object.entries(all).map(
    ([key, value]) => `<field var="${key.replace(/^(?=[a-z])/, "hats#")}"><value>${value}</value></field>`,
  );
  const form = fields ? `<x xmlns="jabber:x:data" type="submit">${written.join("")}</x>` : "";
  const command = `<command xmlns="${NS.commands}" node="urn:xmpp:hats:commands:${name}">${form}</command>`;
  return driver.send(from, `<iq type="set" id="h" to="${ROOM}">${command}</iq>`);
}

/** Runs a command; returns the rows of its list, or its error. */
function rows(driver: Driver, from: string, name: string) {
  const reply = run(driver, from, name).at(-1);
  const items = reply?.getChild("command")?.getChild("x")?.getChildren("item");
  return (
    errorOf(reply) ??
    items?.map((item) => item.getChildren("field").map((el) => el.getChild("value")?.getText()))
  );
}

/** Returns the titles of the hats in a presence. */
const worn = (presence: Element | undefined) =>
  presence &&
  child(presence, "hats", NS.hats)
    ?.getChildren("hat")
    .map((hat) => hat.attrs.title);

function hatted(): Driver {
  const driver = withThree({ "muc#roomconfig_persistentroom": "1" });
  run(driver, OWNER, "create", HOST);
  run(driver, OWNER, "create", { title: "Scribe", uri: "urn:x:scribe", hue: "171.430664" });
  return driver;
}

describe("XEP-0317 3.1 and 3.5 hats in presence", () => {
  it("an assigned hat is shown to all at once, with the occupant's own payload, and to new occupants", () => {
    const driver = hatted();
    driver.send(MEMBER, `<presence to="${ROOM}/thirdwitch"><show>away</show></presence>`);
    const sent = run(driver, OWNER, "assign", { jid: HAG, uri: "urn:x:scribe" });
    expect(sent.map(brief)).toEqual([
      "presence thirdwitch > crone1 none/participant jid",
      "presence thirdwitch > hecate none/participant",
      "presence thirdwitch > hag66 none/participant jid 110",
      "iq result @ > crone1",
    ]);
    for (const presence of sent.slice(0, 3)) {
      expect(worn(presence)).toEqual(["Scribe"]);
      expect(presence.getChild("show")?.getText()).toBe("away");
    }
    expect(sent[0]?.getChild("hats")?.toString()).toBe(
      `<hats xmlns="${NS.hats}"><hat title="Scribe" uri="urn:x:scribe" hue="171.430664"/></hats>`,
    );
    run(driver, OWNER, "assign", { jid: MEMBER, uri: "urn:x:host" });
    const entering = driver.join("bard@shakespeare.example/globe", "bard");
    expect(worn(entering.find((stanza) => stanza.attrs.from === `${ROOM}/thirdwitch`))).toEqual([
      "Scribe",
      "Host",
    ]);
  });

  it("hats in a client's own presence are not relayed", () => {
    const driver = hatted();
    const forged = `<hats xmlns="${NS.hats}"><hat title="King" uri="urn:x:king"/></hats>`;
    const sent = driver.send(MEMBER, `<presence to="${ROOM}/thirdwitch">${forged}</presence>`);
    expect(sent.map(worn)).toEqual([undefined, undefined, undefined]);
  });

  it("unassigning a hat broadcasts presence without it (3.6)", () => {
    const driver = hatted();
    run(driver, OWNER, "assign", { jid: HAG, uri: "urn:x:host" });
    const sent = run(driver, OWNER, "unassign", { jid: HAG, uri: "urn:x:host" });
    expect(sentTo(sent, OTHER).map(worn)).toEqual([undefined]);
    expect(errorOf(run(driver, OWNER, "unassign", { jid: HAG, uri: "urn:x:host" })[0])).toBe(
      "cancel/item-not-found",
    );
  });
});

describe("XEP-0317 2, 3.2 to 3.4 and 3.7 lists of hats", () => {
  it("creating, changing or destroying a hat sends status 104 to all, and new presence of its wearers", () => {
    const driver = hatted();
    run(driver, OWNER, "assign", { jid: HAG, uri: "urn:x:host" });
    const changed = run(driver, OWNER, "create", { ...HOST, title: "Hostess" });
    expect(sentTo(changed, OTHER).map(brief)).toEqual([
      "presence thirdwitch > hecate none/participant",
      "message groupchat @ > hecate 104",
    ]);
    expect(sentTo(changed, OTHER).map(worn)[0]).toEqual(["Hostess"]);
    const destroyed = run(driver, OWNER, "destroy", { uri: "urn:x:host" });
    expect(sentTo(destroyed, OTHER).map(brief)).toEqual(sentTo(changed, OTHER).map(brief));
    expect(sentTo(destroyed, OTHER).map(worn)).toEqual([undefined, undefined]);
    expect(rows(driver, OWNER, "list-assigned")).toEqual([]);
  });

  it("occupants may list the hats; only those who see real JIDs may list the assignments", () => {
    const driver = hatted();
    run(driver, OWNER, "assign", { jid: HAG, uri: "urn:x:host" });
    const hats = [
      ["Host", "urn:x:host", ""],
      ["Scribe", "urn:x:scribe", "171.430664"],
    ];
    expect(rows(driver, MEMBER, "list")).toEqual(hats);
    expect(rows(driver, "bard@shakespeare.example/globe", "list")).toBe("cancel/forbidden");
    expect(rows(driver, OWNER, "list-assigned")).toEqual([[HAG, "urn:x:host", "Host", ""]]);
    expect(rows(driver, MEMBER, "list-assigned")).toBe("cancel/forbidden");
  });

  it("the room information has a hash that changes with the list (2)", () => {
    const driver = withThree();
    const hash = () => {
      const info = `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`;
      const form = driver.send(MEMBER, info)[0]?.getChild("query")?.getChild("x");
      return form
        ?.getChildren("field")
        .find((field) => field.attrs.var === "hats#hash")
        ?.getChild("value")
        ?.getText();
    };
    expect(hash()).toBeUndefined();
    run(driver, OWNER, "create", HOST);
    const first = hash();
    expect(first).toMatch(/^[\da-f]{40}$/);
    run(driver, OWNER, "create", { ...HOST, uri: "urn:x:other" });
    expect(hash()).not.toBe(first);
  });

  it.each([
    ["create", { title: "", uri: "urn:x:a" }, "modify/bad-request"],
    ["create", { title: "A", uri: "no uri" }, "modify/bad-request"],
    ["create", { title: "A", uri: "urn:x:a", hue: "361" }, "modify/bad-request"],
    ["destroy", { uri: "urn:x:nothing" }, "cancel/item-not-found"],
    ["assign", { jid: HAG, uri: "urn:x:nothing" }, "cancel/item-not-found"],
    ["assign", { jid: "shakespeare.example", uri: "urn:x:host" }, "modify/bad-request"],
    ["assign", { jid: `${ROOM}/thirdwitch`, uri: "urn:x:host" }, "modify/bad-request"],
    ["assign", { jid: HAG }, "modify/bad-request"],
  ])("%s with %j is refused: %s", (name, fields, refusal) => {
    expect(errorOf(run(hatted(), OWNER, name, fields as Record<string, string>)[0])).toBe(refusal);
  });

  it("hats and assignments are stored with the room", () => {
    const driver = hatted();
    run(driver, OWNER, "assign", { jid: HAG, uri: "urn:x:host" });
    const record = driver.registry.get("coven")?.record();
    if (!record) throw new Error("no room");
    const after = new Driver({ records: [record] });
    const toMember = sentTo(after.join(MEMBER, "thirdwitch"), MEMBER);
    expect(worn(toMember.find(({ attrs }) => attrs.from?.endsWith("/thirdwitch")))).toEqual(["Host"]);
    expect(driver.journal.filter((entry) => entry.kind === "note-changed").map(({ name }) => name)).toContain(
      "hats",
    );
  });
});

describe("the note with the hats of a room", () => {
  it("has at most 500 users; a user with a hat may get another", () => {
    const driver = hatted();
    const wear = (jid: string, uri = "urn:x:host") => errorOf(run(driver, OWNER, "assign", { jid, uri })[0]);
    for (let n = 0; n < 500; n += 1) expect(wear(`witch${n}@shakespeare.example`)).toBeUndefined();
    expect(wear("late@shakespeare.example")).toBe("wait/resource-constraint");
    expect(wear("witch0@shakespeare.example", "urn:x:scribe")).toBeUndefined();
    run(driver, OWNER, "unassign", { jid: "witch1@shakespeare.example", uri: "urn:x:host" });
    expect(wear("late@shakespeare.example")).toBeUndefined();
  });

  it("takes at most 128 KB", () => {
    const driver = hatted();
    const wear = (n: number) =>
      run(driver, OWNER, "assign", { jid: `${"w".repeat(900)}${n}@shakespeare.example`, uri: "urn:x:host" });
    let count = 0;
    while (errorOf(wear(count)[0]) === undefined) count += 1;
    expect(count).toBeLessThan(160);
    expect(driver.registry.get("coven")?.notes.get("hats")?.length).toBeLessThan(134_000);
  });
});
