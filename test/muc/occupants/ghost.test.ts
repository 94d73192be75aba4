// Removal of ghosts: clients that have disconnected without unavailable presence.
import { describe, expect, it } from "vitest";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const LAPTOP = "hag66@shakespeare.example/laptop";

/** Returns an error element with this condition; without one if it is empty. */
const error = (condition: string, text = "") =>
  `<error type="cancel">${condition && `<${condition} xmlns="${NS.stanzas}">${text}</${condition}>`}</error>`;
const bouncedPresence = (condition: string) =>
  `<presence type="error" to="${ROOM}/firstwitch">${error(condition)}</presence>`;
const bouncedMessage = (condition: string, content = "", id = "say") =>
  `<message type="error" id="${id}" to="${ROOM}/firstwitch">${content}${error(condition, "xmpp:hag66@elsewhere.example")}</message>`;

describe("XEP-0045 11.1 and 18.1.2 a client whose stanzas bounce is removed", () => {
  it.each([
    "gone",
    "item-not-found",
    "recipient-unavailable",
    "redirect",
    "remote-server-not-found",
    "remote-server-timeout",
    "internal-server-error",
    "jid-malformed",
  ])("for %s, with 333 and the reason, also to the others", (condition) => {
    for (const xml of [bouncedPresence(condition), bouncedMessage(condition)]) {
      const driver = withThree();
      const sent = driver.send(MEMBER, xml);
      expect(sent.map(brief)).toEqual([
        "presence unavailable thirdwitch > hag66 none/none jid 333,110",
        "presence unavailable thirdwitch > crone1 none/none jid 333",
        "presence unavailable thirdwitch > hecate none/none 333",
      ]);
      expect(String(sent[2])).toContain(`<reason>Delivery failed: ${condition}</reason>`);
    }
  });

  it.each([
    ["an error without a condition", error("")],
    ["an error of type error without an error element", ""],
    ["a condition of another namespace", '<error type="cancel"><gone xmlns="urn:example:other"/></error>'],
  ])("for %s", (_what, content) => {
    for (const kind of ["message", "presence"]) {
      const xml = `<${kind} type="error" to="${ROOM}/firstwitch">${content}</${kind}>`;
      const [first, , last] = withThree().send(MEMBER, xml);
      expect(first && brief(first)).toBe("presence unavailable thirdwitch > hag66 none/none jid 333,110");
      expect(String(last)).toContain("<reason>Delivery failed</reason>");
    }
  });

  it.each(["not-acceptable", "policy-violation", "bad-request", "undefined-condition"])(
    "for %s to presence; not to a message, which another client wrote",
    (condition) => {
      const driver = withThree();
      expect(driver.send(MEMBER, bouncedMessage(condition))).toEqual([]);
      expect(driver.send(MEMBER, bouncedPresence(condition)).map(brief)).toContain(
        "presence unavailable thirdwitch > hag66 none/none jid 333,110",
      );
    },
  );

  it("not for service-unavailable, also to presence: it is pinged, as blocking causes this error too", () => {
    const [request, ...more] = withThree().send(MEMBER, bouncedPresence("service-unavailable"));
    expect(request && child(request, "ping", NS.ping)).toBeDefined();
    expect(more).toEqual([]);
  });

  it("removes that client only: the occupant's other client stays, and no unavailable presence is broadcast", () => {
    const driver = withThree();
    driver.join(LAPTOP, "thirdwitch");
    const sent = driver.send(MEMBER, bouncedMessage("gone"));
    expect(sent.map(brief)).toContain("presence unavailable thirdwitch > hag66 none/none jid 333,110");
    expect(sent.filter((stanza) => stanza.attrs.type === "unavailable")).toHaveLength(1);
    expect([...(driver.registry.get("coven")?.sessions.keys() ?? [])]).toEqual([OWNER, OTHER, LAPTOP]);
  });

  it("ignores errors from a client that is not in the room", () => {
    expect(withMember().send(OTHER, bouncedMessage("gone"))).toEqual([]);
  });
});

describe("XEP-0045 7.5 a private message that bounces", () => {
  const whisper = (id = "pm") =>
    `<message type="chat" id="${id}" to="${ROOM}/thirdwitch"><body>psst</body></message>`;
  const bounce = bouncedMessage("gone", "", "pm");

  it("removes nobody; only its sender gets the error, from the recipient's occupant JID and without real JIDs", () => {
    const driver = withThree();
    driver.join("crone1@shakespeare.example/phone", "firstwitch");
    driver.send(OWNER, whisper());
    const sent = driver.send(MEMBER, bounce);
    expect(sent.map(brief)).toEqual(["message error thirdwitch > crone1 recipient-unavailable"]);
    expect(sent[0]?.attrs).toMatchObject({ to: OWNER, id: "pm" });
    expect(errorOf(sent[0])).toBe("wait/recipient-unavailable");
    expect(String(sent[0])).not.toMatch(/hag66|elsewhere/);
    expect(driver.registry.get("coven")?.sessions.has(MEMBER)).toBe(true);
  });

  it("is recognized by its id, once and from the recipient only; without an id by its muc#user element", () => {
    const driver = withThree();
    driver.send(OWNER, whisper());
    expect(driver.send(OTHER, bounce).map(brief)).toContain(
      "presence unavailable hecate > hecate none/none jid 333,110",
    );
    expect(driver.send(MEMBER, bounce)).toHaveLength(1);
    const marked = bouncedMessage("gone", `<x xmlns="${NS.mucUser}"/>`);
    expect(driver.send(MEMBER, marked)).toEqual([]);
    expect(driver.send(MEMBER, bounce).map(brief)).toContain(
      "presence unavailable thirdwitch > hag66 none/none jid 333,110",
    );
  });

  it("is reported once it has bounced from all of the occupant's clients, even if one was removed meanwhile", () => {
    const driver = withMember();
    driver.join(LAPTOP, "thirdwitch");
    driver.send(OWNER, whisper());
    expect(driver.send(MEMBER, bounce)).toEqual([]);
    driver.send(LAPTOP, bouncedPresence("gone"));
    expect(driver.send(LAPTOP, bounce).map(brief)).toEqual([
      "message error thirdwitch > crone1 recipient-unavailable",
    ]);
  });

  it("is told apart from a later groupchat message with the same id, whose bounce removes the client", () => {
    const driver = withThree();
    driver.send(OWNER, whisper("say"));
    driver.say(OWNER, "hi");
    expect(driver.send(MEMBER, bouncedMessage("gone")).map(brief)).toContain(
      "presence unavailable thirdwitch > hag66 none/none jid 333,110",
    );
  });

  it("is not reported if another client of the occupant received it, or if the sender has left", () => {
    const driver = withMember();
    driver.join(LAPTOP, "thirdwitch");
    driver.send(OWNER, whisper());
    expect(driver.send(MEMBER, bounce)).toEqual([]);
    driver.leave(LAPTOP, "thirdwitch");
    driver.send(OWNER, whisper("pm2"));
    driver.leave(OWNER, "firstwitch");
    expect(driver.send(MEMBER, bouncedMessage("gone", "", "pm2"))).toEqual([]);
    expect(child(driver.say(MEMBER, "still here").at(-1) as never, "body")?.getText()).toBe("still here");
  });
});
