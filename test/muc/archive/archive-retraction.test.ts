import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { storeQueriesOf } from "../../support/effects.ts";
import { type Driver, errorOf, MEMBER, OTHER, OWNER, ROOM, withThree } from "../../support/room-driver.ts";

/** Returns a room with a message of MEMBER that is older than the latest 500, and its stanza-id. */
function withOldMessage(): { driver: Driver; id: string } {
  const driver = withThree();
  const [sent] = driver.send(
    MEMBER,
    `<message type="groupchat" id="old" to="${ROOM}"><body>eye of newt</body></message>`,
  );
  for (let i = 0; i < 500; i++) driver.say(OWNER, "Double, double");
  return { driver, id: (sent && child(sent, "stanza-id", NS.stanzaId)?.attrs.id) ?? "" };
}

const moderation = (id: string) =>
  `<iq type="set" id="moderate" to="${ROOM}"><moderate xmlns="${NS.moderate}" id="${id}"><retract xmlns="${NS.retract}"/></moderate></iq>`;

const retraction = (id: string) =>
  `<message type="groupchat" id="take-back" to="${ROOM}"><retract xmlns="${NS.retract}" id="${id}"/></message>`;

/** Returns the first message of the archive. */
function oldest(driver: Driver): Element | undefined {
  const query = `<query xmlns="${NS.mam}"><set xmlns="${NS.rsm}"><max>1</max></set></query>`;
  const [found] = driver.send(OTHER, `<iq type="set" id="mam" to="${ROOM}">${query}</iq>`);
  return found?.getChild("result", NS.mam)?.getChild("forwarded", NS.forward)?.getChild("message");
}

describe("XEP-0425 4 moderation of what only the archive knows", () => {
  it("leaves a tombstone in the archive, tells everybody, then answers; once", () => {
    const { driver, id } = withOldMessage();
    const sent = driver.send(OWNER, moderation(id));
    expect(sent.map(({ name, attrs }) => [name, attrs.to])).toEqual([
      ["message", OWNER],
      ["message", MEMBER],
      ["message", OTHER],
      ["iq", OWNER],
    ]);
    expect(sent.at(-1)?.attrs.type).toBe("result");
    const tombstone = oldest(driver)?.getChild("retracted", NS.retract);
    expect(tombstone?.getChild("moderated", NS.moderate)?.attrs.by).toBe(`${ROOM}/firstwitch`);
    expect(oldest(driver)?.getChild("body")).toBeUndefined();
    expect(driver.send(OWNER, moderation(id))).toHaveLength(1);
  });

  it("knows no message that never was, nor one of another room, and nothing once the room is gone", () => {
    const { driver, id } = withOldMessage();
    expect(errorOf(driver.send(OWNER, moderation("never"))[0])).toBe("cancel/item-not-found");
    const storeQueries = storeQueriesOf(driver.routed(OWNER, moderation(id)));
    driver.owner(OWNER, "<destroy/>");
    const answers = storeQueries.flatMap((storeQuery) => driver.answer(storeQuery));
    expect(answers.map(errorOf)).toEqual(["auth/forbidden"]);
  });

  it("changes nothing of a room that a fault has closed meanwhile", () => {
    const { driver, id } = withOldMessage();
    const storeQueries = storeQueriesOf(driver.routed(OWNER, moderation(id)));
    driver.registry.get("coven")?.close();
    const answers = storeQueries.flatMap((storeQuery) => driver.answer(storeQuery));
    expect(answers.map(errorOf)).toEqual(["cancel/item-not-found"]);
    expect(driver.journal.filter(({ kind }) => kind === "message-retracted")).toEqual([]);
  });

  it("is for those who are moderators when the message has been found", () => {
    const { driver, id } = withOldMessage();
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    const storeQueries = storeQueriesOf(driver.routed(OTHER, moderation(id)));
    driver.admin(OWNER, '<item nick="hecate" role="participant"/>');
    const answers = storeQueries.flatMap((storeQuery) => driver.answer(storeQuery));
    expect(answers.map(errorOf)).toEqual(["auth/forbidden"]);
    expect(oldest(driver)?.getChild("body")?.getText()).toBe("eye of newt");
  });
});

describe("XEP-0424 5 retraction of what only the archive knows", () => {
  it("leaves a tombstone of the author's own message, and of no other's", () => {
    const { driver, id } = withOldMessage();
    expect(driver.send(OTHER, retraction(id))).toHaveLength(3);
    expect(oldest(driver)?.getChild("body")?.getText()).toBe("eye of newt");
    expect(driver.send(MEMBER, retraction(id))).toHaveLength(3);
    expect(oldest(driver)?.getChild("retracted", NS.retract)?.attrs.id).toBe("take-back");
  });

  it("changes nothing of a room that a fault has closed meanwhile", () => {
    const { driver, id } = withOldMessage();
    const storeQueries = storeQueriesOf(driver.routed(MEMBER, retraction(id)));
    driver.registry.get("coven")?.close();
    for (const storeQuery of storeQueries) driver.answer(storeQuery);
    expect(storeQueries).toHaveLength(1);
    expect(driver.journal.filter(({ kind }) => kind === "message-retracted")).toEqual([]);
  });

  it("hides corrections that are in the history, and no later message of the same id (XEP-0308 5)", () => {
    const { driver, id } = withOldMessage();
    const say = (own: string, corrects = "") =>
      driver.send(
        MEMBER,
        `<message type="groupchat" id="${own}" to="${ROOM}"><body>${own}</body>${corrects}</message>`,
      );
    const replace = `<replace xmlns="${NS.correct}" id="old"/>`;
    say("correction", replace);
    say("old");
    say("of-the-later", replace);
    driver.send(MEMBER, retraction(id));
    driver.leave(OTHER, "hecate");
    const told = driver.join(OTHER, "hecate").filter((el) => child(el, "delay", NS.delay));
    const bodies = told.slice(-4).map((message) => message.getChild("body")?.getText());
    expect(bodies).toEqual([undefined, "old", "of-the-later", undefined]);
  });
});
