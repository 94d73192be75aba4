// Links, media and words of users without affiliation, and held messages.
import { describe, expect, it } from "vitest";
import { heldNote, MAX_HELD_OF_USER } from "../../../src/muc/room/held-messages.ts";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { outcomeOf, runCommand } from "../../support/room-command.ts";
import {
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  sentTo,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const PERSISTENT = { "muc#roomconfig_persistentroom": "1" };
const REFUSE = { "verona#stranger_links": "refuse", "verona#stranger_media": "refuse" };
const HOLD = { ...PERSISTENT, "verona#stranger_links": "hold" };
const LINK = "Look: https://evil.example/buy";

const send = (driver: Driver, content: string, from = MEMBER): Element[] =>
  driver.send(from, `<message type="groupchat" id="s" to="${ROOM}">${content}</message>`);

const error = (driver: Driver, content: string): string | undefined =>
  send(driver, content).map(errorOf).find(Boolean);

const held = (driver: Driver) => {
  const room = driver.registry.get("coven");
  return room ? heldNote.read(room) : [];
};

const decide = (driver: Driver, decision: string, reason = "") =>
  runCommand(driver, OWNER, "decide-held", { message: held(driver)[0]?.key ?? "", decision, reason });

describe("content that is refused to strangers", () => {
  it.each([
    `<body>${LINK}</body>`,
    "<body>(HTTP://evil.example)</body>",
    "<body>www.evil.example</body>",
    "<body>Join xmpp:den@rooms.example?join</body>",
    '<body>x</body><html xmlns="http://jabber.org/protocol/xhtml-im"><body xmlns="http://www.w3.org/1999/xhtml"><a href="https://evil.example">x</a></body></html>',
  ])("a link: %s", (content) => {
    const driver = withThree(REFUSE);
    expect(error(driver, content)).toBe("modify/policy-violation");
    expect(driver.registry.environment.refusals.all().get("content-link")).toBe(1);
  });

  it.each([
    '<x xmlns="jabber:x:oob"><url>https://evil.example/a.png</url></x>',
    '<file-sharing xmlns="urn:xmpp:sfs:0"/>',
    '<reference xmlns="urn:xmpp:reference:0" type="data"><media-sharing xmlns="urn:xmpp:sims:1"/></reference>',
    '<reference xmlns="urn:xmpp:reference:0" type="data" uri="https://evil.example/a.png"/>',
    '<data xmlns="urn:xmpp:bob"/>',
  ])("media: %s", (content) => {
    const driver = withThree(REFUSE);
    expect(error(driver, `<body>x</body>${content}`)).toBe("modify/policy-violation");
    expect(driver.registry.environment.refusals.all().get("content-media")).toBe(1);
  });

  it("words, wherever they are in a long text, in any case and form", () => {
    const driver = withThree({ "verona#stranger_words": "*cheap pills*" });
    const padding = "x ".repeat(2_045);
    for (const text of ["CHEAP pills!", "ｃｈｅａｐ pills", `${padding}cheap pills${padding}`])
      expect(error(driver, `<body>${text}</body>`)).toBe("modify/policy-violation");
    expect(error(driver, "<body>cheap and pills</body>")).toBeUndefined();
  });

  it("in private too", () => {
    const driver = withThree(HOLD);
    const chat = `<message type="chat" to="${ROOM}/hecate"><body>${LINK}</body></message>`;
    expect(driver.send(MEMBER, chat).map(errorOf)).toEqual(["modify/policy-violation"]);
  });

  it("not what has no link or media, mentions, exceptions, and the address of a file that is allowed", () => {
    const driver = withThree({ ...REFUSE, "verona#stranger_link_exceptions": "https://*.example.org/*" });
    const mention = `<reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:${ROOM}/hecate"/>`;
    for (const content of [
      "<body>12:30, a//b, node.js: fine</body>",
      `<body>hecate</body>${mention}`,
      "<body>https://www.example.org/page</body>",
    ])
      expect(error(driver, content)).toBeUndefined();
    expect(error(driver, "<body>https://example.org.evil.example/</body>")).toBe("modify/policy-violation");
    const files = withThree({ "verona#stranger_links": "refuse" });
    const file = (url: string) =>
      `<body>${url}</body><x xmlns="jabber:x:oob"><url>https://up.example/a</url></x>`;
    expect(error(files, file("https://up.example/a"))).toBeUndefined();
    expect(error(files, file("https://evil.example/a"))).toBe("modify/policy-violation");
  });

  it("to nobody with an affiliation and to no moderator", () => {
    const driver = withThree(REFUSE);
    driver.admin(OWNER, `<item jid="${HAG}" affiliation="member"/>`);
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    for (const from of [MEMBER, OTHER, OWNER])
      expect(send(driver, `<body>${LINK}</body>`, from)).toHaveLength(3);
  });
});

describe("a held message", () => {
  it("is told to its author and to the moderators, and nobody else gets it", () => {
    const driver = withThree(HOLD);
    const sent = send(driver, `<body>${LINK}</body>`);
    expect(sent.map(brief)).toEqual(["message @ > crone1", "message error @ > hag66 policy-violation"]);
    expect(errorOf(sent[1])).toBe("wait/policy-violation");
    expect(sent[0]?.getChild("body")?.getText()).toContain(LINK);
  });

  it("is sent with its time, id and author when it passes, also after a restart, and archived", () => {
    const driver = withThree(HOLD);
    const at = new Date(driver.now).toISOString();
    send(driver, `<body>${LINK}</body>`);
    driver.now += 60_000;
    const restarted = driver.restarted();
    const sent = decide(restarted, "pass");
    const [message] = sentTo(sent, OTHER);
    expect(message?.attrs).toMatchObject({ from: `${ROOM}/thirdwitch`, id: "s", type: "groupchat" });
    expect(message && child(message, "delay", NS.delay)?.attrs.stamp).toBe(at);
    expect(message && child(message, "occupant-id", NS.occupantId)).toBeDefined();
    expect(sent.filter((stanza) => stanza.attrs.type === "groupchat")).toHaveLength(3);
    expect(held(restarted)).toEqual([]);
    const archived = restarted.journal.filter(({ kind }) => kind === "message-archived");
    expect(archived).toMatchObject([{ message: { text: LINK, nick: "thirdwitch", jid: MEMBER } }]);
  });

  it("is not sent under a nickname that another user has taken", () => {
    const driver = withThree(HOLD);
    send(driver, `<body>${LINK}</body>`);
    driver.leave(MEMBER, "thirdwitch");
    driver.join("bard@shakespeare.example/globe", "thirdwitch");
    expect(outcomeOf(decide(driver, "pass"))).toBe("cancel/conflict");
    expect(held(driver)).toHaveLength(1);
  });

  it("that a moderator refuses is forgotten, and its author told why", () => {
    const driver = withThree(HOLD);
    send(driver, `<body>${LINK}</body>`);
    const sent = decide(driver, "refuse", "Advertising");
    expect(sent.map(brief)).toEqual(["message @ > hag66", "iq result @ > crone1"]);
    expect(sent[0]?.getChild("body")?.getText()).toContain("Advertising");
    expect(held(driver)).toEqual([]);
    expect(outcomeOf(decide(driver, "pass"))).toBe("cancel/item-not-found");
  });

  it("is refused if its author has too many that wait, if it is too large, or has no body", () => {
    const driver = withThree(HOLD);
    const large = `<body>${LINK}</body><big xmlns="urn:big">${"x".repeat(8_192)}</big>`;
    expect(error(driver, large)).toBe("modify/policy-violation");
    for (let i = 0; i < MAX_HELD_OF_USER; i++)
      expect(error(driver, `<body>${LINK}</body>`)).toBe("wait/policy-violation");
    expect(error(driver, `<body>${LINK}</body>`)).toBe("modify/policy-violation");
    expect(held(driver)).toHaveLength(MAX_HELD_OF_USER);
  });

  it("of a silenced user is told to nobody but its author", () => {
    const driver = withThree(HOLD);
    runCommand(driver, OWNER, "silence", { who: "thirdwitch" });
    expect(send(driver, `<body>${LINK}</body>`).map(errorOf)).toEqual(["wait/policy-violation"]);
    expect(held(driver)).toEqual([]);
  });

  it("is no matter for who is not a moderator", () => {
    const driver = withThree(HOLD);
    send(driver, `<body>${LINK}</body>`);
    for (const node of ["held", "decide-held"])
      expect(outcomeOf(runCommand(driver, OTHER, node, {}))).toBe("cancel/forbidden");
    const list = runCommand(driver, OWNER, "held")[0]?.getChild("command")?.getChild("x");
    expect(list?.getChildren("item")).toHaveLength(1);
  });
});
