import { describe, expect, it } from "vitest";
import { pendingRequestsOf } from "../../../src/muc/requests/occupant-request.ts";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
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

const VERSION = `<query xmlns="${NS.version}"/>`;
const VCARD = '<vCard xmlns="vcard-temp"/>';
const ANSWER = `<query xmlns="${NS.version}"><name>Cauldron</name></query>`;
const SECOND = "hag66@shakespeare.example/phone";
const bare = (jid: string) => jid.split("/")[0] ?? jid;

/** Sends a request to an occupant; returns the stanzas that the service sends. */
const ask = (driver: Driver, from: string, nick: string, payload = VERSION, type = "get", id = "v1") =>
  driver.send(from, `<iq type="${type}" id="${id}" to="${ROOM}/${nick}">${payload}</iq>`);

/** Answers a relayed request; returns the stanzas that the service sends. */
const answer = (driver: Driver, request: Element | undefined, payload = ANSWER, type = "result") =>
  driver.send(
    request?.attrs.to ?? "",
    `<iq type="${type}" id="${request?.attrs.id}" to="${request?.attrs.from}">${payload}</iq>`,
  );

const error = (condition: string, attributes = "", text = "") =>
  `<error type="cancel" ${attributes}><${condition} xmlns="${NS.stanzas}">${text}</${condition}></error>`;

describe("XEP-0045 17.4 and 6.6 requests between occupants", () => {
  it("are relayed with an id of the room's own; answers are relayed with the requester's id", () => {
    const driver = withThree();
    const sent = ask(driver, OTHER, "thirdwitch");
    expect(sent).toHaveLength(1);
    expect(sent[0]?.attrs).toMatchObject({ type: "get", from: `${ROOM}/hecate`, to: MEMBER });
    expect(sent[0]?.attrs.id).not.toBe("v1");
    expect(sent[0]?.getChild("query", NS.version)).toBeDefined();
    const answered = answer(driver, sent[0]);
    expect(answered).toHaveLength(1);
    expect(answered[0]?.attrs).toEqual({ type: "result", from: `${ROOM}/thirdwitch`, to: OTHER, id: "v1" });
    expect(answered[0]?.getChild("query", NS.version)?.getChild("name")?.getText()).toBe("Cauldron");
  });

  it("may have type set; error answers are relayed too", () => {
    const driver = withThree();
    const [request] = ask(driver, OTHER, "thirdwitch", VERSION, "set");
    expect(request?.attrs.type).toBe("set");
    const [refusal] = answer(driver, request, error("forbidden"), "error");
    expect(refusal?.attrs).toEqual({ type: "error", from: `${ROOM}/thirdwitch`, to: OTHER, id: "v1" });
    expect(errorOf(refusal)).toBe("cancel/forbidden");
  });

  it("for disco#info are relayed from occupants and refused from outside (6.6)", () => {
    const driver = openRoom();
    const disco = `<query xmlns="${NS.discoInfo}"/>`;
    expect(errorOf(ask(driver, OTHER, "firstwitch", disco)[0])).toBe("modify/bad-request");
    driver.join(OTHER, "hecate");
    expect(ask(driver, OTHER, "firstwitch", disco)[0]?.attrs.to).toBe(OWNER);
  });

  it("with the same id from two requesters get their own answers", () => {
    const driver = withThree();
    const [first] = ask(driver, OTHER, "thirdwitch");
    const [second] = ask(driver, OWNER, "thirdwitch");
    expect(first?.attrs.id).not.toBe(second?.attrs.id);
    expect(answer(driver, second)[0]?.attrs.to).toBe(OWNER);
    expect(answer(driver, first)[0]?.attrs.to).toBe(OTHER);
  });

  it("accept one answer, and only from the recipient", () => {
    const driver = withThree();
    const [request] = ask(driver, OTHER, "thirdwitch");
    const forged = `<iq type="result" id="${request?.attrs.id}" to="${ROOM}/hecate">${ANSWER}</iq>`;
    for (const forger of [OWNER, OTHER, SECOND, bare(MEMBER)])
      expect(driver.send(forger, forged)).toEqual([]);
    expect(answer(driver, request)).toHaveLength(1);
    expect(answer(driver, request)).toEqual([]);
  });

  it("go to the client with the latest presence; those for a vCard (XEP-0054) go to the account", () => {
    const driver = withThree();
    driver.join(SECOND, "thirdwitch");
    expect(ask(driver, OTHER, "thirdwitch")[0]?.attrs.to).toBe(SECOND);
    const [request] = ask(driver, OTHER, "thirdwitch", VCARD);
    expect(request?.attrs.to).toBe(bare(MEMBER));
    const [card] = answer(driver, request, '<vCard xmlns="vcard-temp"><FN>Hag</FN></vCard>');
    expect(card?.attrs).toEqual({ type: "result", from: `${ROOM}/thirdwitch`, to: OTHER, id: "v1" });
    expect(ask(driver, OTHER, "thirdwitch", VCARD, "set")[0]?.attrs.to).toBe(SECOND);
  });

  it.each([
    ["a vCard4 (XEP-0292)", '<vcard xmlns="urn:ietf:params:xml:ns:vcard-4.0"/>'],
    [
      "the data of an avatar (XEP-0084 4.3, XEP-0163)",
      '<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:avatar:data"><item id="1"/></items></pubsub>',
    ],
  ])("for %s go to the account if of type get, and to a client if of type set", (_what, payload) => {
    const driver = withThree();
    const [request] = ask(driver, OTHER, "thirdwitch", payload);
    expect(request?.attrs.to).toBe(bare(MEMBER));
    const [answered] = answer(driver, request, payload);
    expect(answered?.attrs).toEqual({ type: "result", from: `${ROOM}/thirdwitch`, to: OTHER, id: "v1" });
    expect(ask(driver, OTHER, "thirdwitch", payload, "set")[0]?.attrs.to).toBe(MEMBER);
  });

  it("are answered from the address of the request, even if the recipient has changed its nickname", () => {
    const driver = withThree();
    const [request] = ask(driver, OTHER, "thirdwitch");
    driver.send(MEMBER, `<presence to="${ROOM}/oldhag"/>`);
    expect(answer(driver, request)[0]?.attrs.from).toBe(`${ROOM}/thirdwitch`);
  });

  it("to an unknown nickname are refused with item-not-found, and from outside with not-acceptable", () => {
    const driver = openRoom();
    expect(errorOf(ask(driver, OWNER, "nobody", VCARD)[0])).toBe("cancel/item-not-found");
    expect(errorOf(ask(driver, OTHER, "firstwitch", VCARD)[0])).toBe("cancel/not-acceptable");
  });

  it("in the namespaces of the room are refused (17.4: muc#admin goes to the room)", () => {
    const admin = `<query xmlns="${NS.mucAdmin}"><item affiliation="owner" jid="${bare(OTHER)}"/></query>`;
    expect(errorOf(ask(withThree(), OWNER, "thirdwitch", admin, "set")[0])).toBe("modify/bad-request");
  });
});

describe("XEP-0045 17.4 requests do not reveal real JIDs", () => {
  const revealing = `<x xmlns="urn:x" jid="${OTHER}">write to xmpp:${bare(OTHER).toUpperCase()}.</x>`;

  it("of the requester in a request", () => {
    const [request] = ask(withThree(), OTHER, "thirdwitch", revealing);
    expect(String(request).toLowerCase()).not.toContain(bare(OTHER));
    expect(request?.getChild("x", "urn:x")?.attrs.jid).toBe(`${ROOM}/hecate`);
    expect(request?.getChild("x", "urn:x")?.getText()).toBe(`write to xmpp:${ROOM}/hecate.`);
  });

  it("in a URI, even if it is percent-encoded (RFC 5122 2.2, RFC 3986 2.1)", () => {
    const user = "hag.ö@shakespeare.example";
    const uris = [
      ["xmpp:hag.%C3%B6@shakespeare.example?vcard", `xmpp:${ROOM}/hag?vcard`],
      ["xmpp:hag%2e%c3%b6%40shakespeare.example", `xmpp:${ROOM}/hag`],
      ["%48%41g%2eÖ%40Shakespeare%2Eexample/p'da%20%26%20co.", `${ROOM}/hag.`],
      ["xmpp:hag.ö@shakespeare.example/p'da & co?ping", `xmpp:${ROOM}/hag?ping`],
      [
        "https://x.example/?to=xmpp%3Ahag.%C3%96%40shakespeare.example",
        `https://x.example/?to=xmpp:${ROOM}/hag`,
      ],
      ["https://x.example/%2Fhag.ö@shakespeare.example", `https://x.example//${ROOM}/hag`],
      ["%41hag.ö@shakespeare.example", "%41hag.ö@shakespeare.example"],
      ["100%hag.ö@shakespeare.example", "100%hag.ö@shakespeare.example"],
    ];
    for (const [uri, redacted] of uris) {
      const driver = openRoom();
      driver.join(`${user}/p'da & co`, "hag");
      driver.join(OTHER, "hecate");
      const payload = `<x xmlns="urn:x" uri="${uri?.replaceAll("&", "&amp;")}">${uri?.replaceAll("&", "&amp;")}</x>`;
      const x = ask(driver, `${user}/p'da & co`, "hecate", payload)[0]?.getChild("x", "urn:x");
      expect([x?.attrs.uri, x?.getText()]).toEqual([redacted, redacted]);
    }
  });

  it("of the recipient in an answer; other JIDs that contain it are unchanged", () => {
    const driver = withThree();
    const [request] = ask(driver, OTHER, "thirdwitch");
    const others = [`x${bare(MEMBER)}`, `${bare(MEMBER)}.org`];
    const items = [MEMBER, ...others].map((jid) => `<item jid="${jid}"/>`).join("");
    const [result] = answer(driver, request, `<query xmlns="${NS.discoItems}">${items}</query>`);
    const jids = result
      ?.getChild("query", NS.discoItems)
      ?.getChildren("item")
      .map((item) => item.attrs.jid);
    expect(jids).toEqual([`${ROOM}/thirdwitch`, ...others]);
  });

  it.each([
    ["by attribute", error("item-not-found", `by="shakespeare.example"`)],
    ["address in <gone/>", error("gone", "", "xmpp:hag@elsewhere.example")],
    ["address in <redirect/>", error("redirect", "", "xmpp:hag@elsewhere.example")],
  ])("in an error: %s", (_what, refusal) => {
    const driver = withThree();
    const [request] = ask(driver, OTHER, "thirdwitch");
    const [relayed] = answer(driver, request, refusal, "error");
    expect(errorOf(relayed)).toMatch(/^cancel\//);
    expect(child(relayed as Element, "error")?.attrs).toEqual({ type: "cancel" });
    expect(String(relayed)).not.toContain("elsewhere");
  });

  it("except to moderators, and to all in a non-anonymous room", () => {
    const driver = withThree();
    expect(String(ask(driver, OTHER, "firstwitch", revealing)[0])).toContain(`jid="${OTHER}"`);
    const open = withThree({ "muc#roomconfig_whois": "anyone" });
    expect(String(ask(open, OTHER, "thirdwitch", revealing)[0])).toContain(`jid="${OTHER}"`);
  });
});

describe("RFC 6120 8.2.3 a request between occupants that gets no answer is answered with", () => {
  it("recipient-unavailable when the recipient client leaves, or the whole occupant for a vCard request", () => {
    const driver = withThree();
    driver.join(SECOND, "thirdwitch");
    ask(driver, OTHER, "thirdwitch");
    ask(driver, OTHER, "thirdwitch", VCARD, "get", "v2");
    const leave = (from: string) =>
      sentTo(driver.send(from, `<presence type="unavailable" to="${ROOM}/thirdwitch"/>`), OTHER)
        .filter((stanza) => stanza.is("iq"))
        .map((stanza) => [stanza.attrs.id, stanza.attrs.from, errorOf(stanza)]);
    expect(leave(SECOND)).toEqual([["v1", `${ROOM}/thirdwitch`, "wait/recipient-unavailable"]]);
    expect(leave(MEMBER)).toEqual([["v2", `${ROOM}/thirdwitch`, "wait/recipient-unavailable"]]);
  });

  it("not-acceptable when the requester leaves; a late answer is dropped", () => {
    const driver = withThree();
    const [request] = ask(driver, OTHER, "thirdwitch");
    const iqs = driver.admin(OWNER, '<item nick="hecate" role="none"/>').filter((stanza) => stanza.is("iq"));
    expect(sentTo(iqs, OTHER).map(errorOf)).toEqual(["cancel/not-acceptable"]);
    expect(answer(driver, request)).toEqual([]);
  });

  it("remote-server-timeout after two minutes without an answer", () => {
    const driver = withThree();
    const [request] = ask(driver, OTHER, "thirdwitch");
    driver.now += 119_000;
    expect(driver.written(driver.registry.passTime())).toEqual([]);
    driver.now += 1000;
    const sent = driver.written(driver.registry.passTime());
    expect(sent.map((stanza) => [stanza.attrs.to, stanza.attrs.id, errorOf(stanza)])).toEqual([
      [OTHER, "v1", "wait/remote-server-timeout"],
    ]);
    expect(answer(driver, request)).toEqual([]);
    expect(pendingRequestsOf(driver.registry.get("coven") ?? expect.fail())?.size).toBe(0);
  });

  it("resource-constraint if the requesting client has 1000 pending requests; other clients are not affected", () => {
    const driver = withThree();
    const [first] = ask(driver, OTHER, "thirdwitch");
    for (let i = 1; i < 1000; i++) ask(driver, OTHER, "thirdwitch");
    expect(errorOf(ask(driver, OTHER, "thirdwitch")[0])).toBe("wait/resource-constraint");
    expect(ask(driver, OWNER, "thirdwitch")[0]?.attrs.to).toBe(MEMBER);
    answer(driver, first);
    expect(ask(driver, OTHER, "thirdwitch")[0]?.attrs.to).toBe(MEMBER);
  });
});
