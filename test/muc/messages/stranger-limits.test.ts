import { describe, expect, test } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type Driver, errorOf, MEMBER, OTHER, OWNER, ROOM, withMember } from "../../support/room-driver.ts";

const REFUSED = "modify/policy-violation";
const OPERATOR = { strangerCharacters: 20, strangerLines: 3, strangerMentions: 2, strangerBytes: 300 };

function room(fields: Record<string, string> = {}, limits = OPERATOR): Driver {
  const driver = withMember(fields, { limits });
  driver.join(OTHER, "Second Witch");
  driver.join("crone9@shakespeare.example/pda", "ninth");
  return driver;
}
const groupchat = (content: string) => `<message type="groupchat" id="m" to="${ROOM}">${content}</message>`;
const body = (text: string) => `<body>${text}</body>`;
const said = (driver: Driver, content: string, from = MEMBER) =>
  driver.send(from, groupchat(content)).map(errorOf)[0];
const counted = (driver: Driver) =>
  [...driver.registry.environment.refusals.all()].filter(([, count]) => count > 0);

const CASES: [limit: string, rule: string, allowed: string, refused: string][] = [
  ["strangerCharacters", "text-characters", body("😀".repeat(20)), body("😀".repeat(21))],
  ["strangerLines", "text-lines", body("1\n2\n3"), body("1\n2\n3\n4")],
  ["strangerMentions", "text-mentions", body("firstwitch ninth"), body("firstwitch ninth thirdwitch")],
  [
    "strangerBytes",
    "text-bytes",
    `<x xmlns="x">${"y".repeat(200)}</x>`,
    `<x xmlns="x">${"y".repeat(301)}</x>`,
  ],
];
const LONG = { ...OPERATOR, strangerCharacters: 100 };

describe("a message of a user without affiliation (section 14.6)", () => {
  test.each(CASES)("is refused beyond limits.%s, in public and in private", (_, rule, allowed, refused) => {
    const driver = room({}, rule === "text-mentions" ? LONG : OPERATOR);
    expect(said(driver, allowed)).toBeUndefined();
    expect(said(driver, refused)).toBe(REFUSED);
    expect(counted(driver)).toEqual([[rule, 1]]);
    const privately = (to: string) =>
      driver
        .send(MEMBER, `<message type="chat" id="p" to="${ROOM}/${to}">${refused}</message>`)
        .map(errorOf)[0];
    expect(privately("firstwitch")).toBe(REFUSED);
    expect(privately("thirdwitch")).toBeUndefined();
  });

  test.each(CASES)("has no limit by limits.%s if that is 0", (limit, _, __, refused) => {
    const driver = room({}, { ...LONG, [limit]: 0 });
    expect(said(driver, refused)).toBeUndefined();
  });

  test.each(CASES)(
    "is refused beyond the owner's limit, if it is lower than limits.%s",
    (limit, _, allowed) => {
      const field = `verona#${limit.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`)}`;
      expect(said(room({ [field]: "1" }, LONG), allowed)).toBe(REFUSED);
      expect(said(room({ [field]: "0" }, LONG), allowed)).toBeUndefined();
    },
  );

  test.each(["member", "admin", "owner"])("has no such limit if it is from a %s", (affiliation) => {
    const driver = room();
    driver.admin(OWNER, `<item affiliation="${affiliation}" jid="hag66@shakespeare.example"/>`);
    for (const [, , , refused] of CASES) expect(said(driver, refused)).toBeUndefined();
  });

  test("mentions occupants by names of one or two words, with what people write around them", () => {
    const limits = { ...LONG, strangerMentions: 1 };
    for (const text of ["@firstwitch: (ninth)", "Second Witch, ninth", '"ninth" Second Witch!'])
      expect(said(room({}, limits), body(text))).toBe(REFUSED);
    for (const text of ["firstwitch firstwitch", "firstwitches ninth", "Second or Witch: ninth"])
      expect(said(room({}, limits), body(text))).toBeUndefined();
  });

  test("mentions by elements too (XEP-0372, XEP-0513)", () => {
    const limits = { ...LONG, strangerMentions: 1 };
    const references = `<reference xmlns="${NS.reference}" type="mention" uri="xmpp:a@b"/>`;
    const mentions = `<mention xmlns="${NS.mentions}"/>`;
    expect(said(room({}, limits), references)).toBeUndefined();
    expect(said(room({}, limits), references + mentions)).toBe(REFUSED);
  });
});
