// Every request has one answer, and answers have none (RFC 6120 sections 8.2.3 and 8.3.1).

import { describe, expect, it } from "vitest";
import { parse } from "../src/xmpp/element.ts";
import { NS } from "../src/xmpp/namespaces.ts";
import { readStanza } from "../src/xmpp/stanza.ts";
import { errors } from "../src/xmpp/stanza-error.ts";
import { say } from "../src/xmpp/text.ts";
import { outgoingOf, writeOutgoing } from "./support/effects.ts";
import { brief, errorOf, MEMBER, OTHER, OWNER, ROOM, withMember } from "./support/room-driver.ts";

const SERVICE = "chat.example";
const NO_ROOM = "heath@chat.example";
const PING = `<ping xmlns="${NS.ping}"/>`;
const UNKNOWN = '<query xmlns="urn:example:unknown"/>';

const iq = (to: string, content: string, type = "get") =>
  `<iq type="${type}" id="r1" to="${to}">${content}</iq>`;
const message = (to: string, type = "normal") =>
  `<message type="${type}" id="r1" to="${to}"><body>hi</body></message>`;
const presence = (to: string, type: string) => `<presence type="${type}" id="r1" to="${to}"/>`;

describe("a request that cannot be met is refused once, to its sender, with its id", () => {
  it.each([
    ["an IQ without payload", MEMBER, iq(ROOM, ""), "modify/bad-request"],
    ["an IQ with two payloads", MEMBER, iq(ROOM, PING + PING), "modify/bad-request"],
    ["an IQ of an unknown type", MEMBER, iq(ROOM, PING, "push"), "modify/bad-request"],
    ["an IQ without payload to the service", MEMBER, iq(SERVICE, ""), "modify/bad-request"],
    ["a get of an unknown namespace", MEMBER, iq(ROOM, UNKNOWN), "cancel/service-unavailable"],
    ["a set of an unknown namespace", MEMBER, iq(ROOM, UNKNOWN, "set"), "cancel/service-unavailable"],
    ["a set of ping (XEP-0199)", MEMBER, iq(ROOM, PING, "set"), "cancel/service-unavailable"],
    ["an IQ to no room", MEMBER, iq(NO_ROOM, PING), "cancel/item-not-found"],
    ["an IQ to somebody in no room", MEMBER, iq(`${NO_ROOM}/x`, PING), "cancel/not-acceptable"],
    ["an IQ to an occupant from outside", OTHER, iq(`${ROOM}/firstwitch`, UNKNOWN), "cancel/not-acceptable"],
    [
      "disco#info of an occupant from outside (XEP-0045 6.6)",
      OTHER,
      iq(`${ROOM}/firstwitch`, `<query xmlns="${NS.discoInfo}"/>`),
      "modify/bad-request",
    ],
    [
      "disco#items of somebody in no room (XEP-0045 6.6)",
      MEMBER,
      iq(`${NO_ROOM}/x`, `<query xmlns="${NS.discoItems}"/>`),
      "modify/bad-request",
    ],
    ["an IQ to nobody", MEMBER, iq(`${ROOM}/nobody`, UNKNOWN), "cancel/item-not-found"],
    ["a message to no room", MEMBER, message(NO_ROOM), "cancel/item-not-found"],
    ["a message to somebody in no room", MEMBER, message(`${NO_ROOM}/x`, "chat"), "cancel/item-not-found"],
    ["a message of type normal to the room", MEMBER, message(ROOM), "modify/bad-request"],
    ["a message to the room from outside", OTHER, message(ROOM), "modify/not-acceptable"],
    [
      "a message to an occupant from outside",
      OTHER,
      message(`${ROOM}/firstwitch`, "chat"),
      "modify/not-acceptable",
    ],
    ["a message to the service", MEMBER, message(SERVICE), "cancel/service-unavailable"],
    ["a subscription to the room", MEMBER, presence(ROOM, "subscribe"), "cancel/service-unavailable"],
    ["a subscription to no room", MEMBER, presence(NO_ROOM, "subscribe"), "cancel/service-unavailable"],
  ])("%s", (_what, from, xml, error) => {
    const driver = withMember();
    const sent = driver.send(from, xml);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.attrs).toEqual({ type: "error", id: "r1", from: parse(xml).attrs.to, to: from });
    expect(errorOf(sent[0])).toBe(error);
    expect(sent[0]?.getChild("error")?.getChild("text")?.getText()).toMatch(/./);
    expect(driver.registry.get("heath")).toBeUndefined();
  });
});

describe("a request of a room is known by the name and the namespace of its payload", () => {
  it.each([
    NS.discoInfo,
    NS.discoItems,
    NS.mucAdmin,
    NS.mucOwner,
    NS.register,
    NS.commands,
    NS.vcard,
    NS.moderate,
    NS.mentions,
    NS.mam,
    NS.ping,
  ])("service-unavailable for another element of %s", (namespace) => {
    for (const type of ["get", "set"]) {
      const [answer] = withMember().send(OWNER, iq(ROOM, `<foo xmlns="${namespace}"/>`, type));
      expect(errorOf(answer)).toBe("cancel/service-unavailable");
    }
  });

  it("so that no other element empties the room's vCard (XEP-0054)", () => {
    const driver = withMember();
    const ask = () => driver.send(OWNER, iq(ROOM, `<vCard xmlns="${NS.vcard}"/>`))[0];
    driver.send(OWNER, iq(ROOM, `<vCard xmlns="${NS.vcard}"><FN>Coven</FN></vCard>`, "set"));
    driver.send(OWNER, iq(ROOM, `<foo xmlns="${NS.vcard}"/>`, "set"));
    expect(ask()?.getChild("vCard", NS.vcard)?.getChild("FN")?.getText()).toBe("Coven");
  });
});

const REMOVED = [
  "presence unavailable thirdwitch > hag66 none/none jid 333,110",
  "presence unavailable thirdwitch > crone1 none/none jid 333",
];

describe("what expects no answer gets none", () => {
  const failed =
    '<error type="cancel"><feature-not-implemented xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';
  const addresses = [SERVICE, NO_ROOM, `${NO_ROOM}/x`, ROOM, `${ROOM}/firstwitch`, `${ROOM}/nobody`];
  const answers = [
    ["an IQ result", (to: string) => iq(to, "", "result")],
    ["an IQ result with payload", (to: string) => iq(to, UNKNOWN, "result")],
    ["an IQ error", (to: string) => iq(to, failed, "error")],
    ["a message of type error", (to: string) => `<message type="error" to="${to}">${failed}</message>`],
    ["an answered subscription", (to: string) => presence(to, "subscribed")],
    ["a refused subscription", (to: string) => presence(to, "unsubscribed")],
    ["the end of a subscription", (to: string) => presence(to, "unsubscribe")],
  ] as const;

  it.each(answers)("%s", (_what, write) => {
    for (const to of addresses) {
      for (const from of [MEMBER, OTHER]) {
        const driver = withMember();
        expect(driver.send(from, write(to))).toEqual([]);
        expect([...(driver.registry.get("coven")?.sessions.keys() ?? [])]).toEqual([OWNER, MEMBER]);
      }
    }
  });

  it("a presence of type error, which removes an occupant (333) and answers nobody", () => {
    for (const to of addresses) {
      const xml = `<presence type="error" to="${to}">${failed}</presence>`;
      expect(withMember().send(OTHER, xml)).toEqual([]);
      const isToRoom = to.startsWith(ROOM);
      expect(withMember().send(MEMBER, xml).map(brief)).toEqual(isToRoom ? REMOVED : []);
    }
  });

  it.each(["", "unavailable", "subscribe"])("presence of type %j to the service itself", (type) => {
    const attribute = type === "" ? "" : ` type="${type}"`;
    expect(withMember().send(MEMBER, `<presence${attribute} to="${SERVICE}"/>`)).toEqual([]);
  });

  it("unavailable presence from outside and to no room", () => {
    expect(withMember().send(OTHER, presence(`${ROOM}/hecate`, "unavailable"))).toEqual([]);
    expect(withMember().send(OTHER, presence(`${NO_ROOM}/hecate`, "unavailable"))).toEqual([]);
  });
});

describe("a stanza that is refused unread", () => {
  const refuse = (xml: string) => {
    const element = parse(xml);
    element.attrs.from = MEMBER;
    const stanza = readStanza(element);
    if (!stanza) throw new Error("no stanza");
    const outgoing = outgoingOf(withMember().router.refuse(stanza, errors.policyViolation(say`too large`)));
    return outgoing.map((entry) => errorOf(parse(writeOutgoing(entry))));
  };

  it.each([iq(ROOM, PING), iq(SERVICE, PING, "set"), message(ROOM, "groupchat")])(
    "costs an error: %s",
    (xml) => {
      expect(refuse(xml)).toEqual(["modify/policy-violation"]);
    },
  );

  it.each([iq(ROOM, "", "result"), iq(ROOM, "", "error"), message(ROOM, "error"), presence(ROOM, "error")])(
    "gets no answer if it is one: %s",
    (xml) => {
      expect(refuse(xml)).toEqual([]);
    },
  );
});
