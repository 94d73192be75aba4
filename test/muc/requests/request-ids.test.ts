// Only the self-presence that answers a client's presence has the id of that presence.
import { expect, it } from "vitest";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type Driver, MEMBER, OWNER, openRoom, ROOM, withMember } from "../../support/room-driver.ts";

const TABLET = "hag66@shakespeare.example/tablet";

/** Describes the stanzas with the id of the request, as "kind type nickname > recipient codes". */
function answered(sent: readonly Element[], id = "request"): string[] {
  return sent
    .filter((stanza) => stanza.attrs.id === id)
    .map((stanza) => {
      const { type, from, to } = stanza.attrs;
      const statuses = stanza.getChild("x", NS.mucUser)?.getChildren("status") ?? [];
      const codes = statuses.map((status) => status.attrs.code).join(",");
      return [stanza.getName(), type, from?.split("/")[1], ">", to, codes].filter(Boolean).join(" ");
    });
}

const presence = (nick: string, attributes = "", content = "") =>
  `<presence id="request" ${attributes} to="${ROOM}/${nick}">${content}</presence>`;
const leave = (nick: string) => presence(nick, 'type="unavailable"');

/** Returns a room where MEMBER has a second client under the same nickname. */
function withTablet(): Driver {
  const driver = withMember();
  driver.join(TABLET, "thirdwitch");
  return driver;
}

it("XEP-0045 7.14: the unavailable self-presence on leaving has the request's id, for the leaving client only", () => {
  const sent = withMember().send(MEMBER, leave("thirdwitch"));
  expect(answered(sent)).toEqual([`presence unavailable thirdwitch > ${MEMBER} 110`]);
  expect(sent.map(({ attrs }) => attrs.to)).toEqual([MEMBER, OWNER]);
});

it("XEP-0045 7.2.8 and 7.14: the unavailable self-presence of one of several clients has the request's id", () => {
  const sent = withTablet().send(TABLET, leave("thirdwitch"));
  expect(answered(sent)).toEqual([`presence unavailable thirdwitch > ${TABLET} 110`]);
});

it("XEP-0045 10.1.3: the self-presence of a creator who leaves before the first configuration has the request's id", () => {
  const driver = openRoom();
  driver.join(MEMBER, "gardener", "", "garden@chat.example");
  const sent = driver.send(
    MEMBER,
    '<presence id="request" type="unavailable" to="garden@chat.example/gardener"/>',
  );
  expect(answered(sent)).toEqual([`presence unavailable gardener > ${MEMBER} 110`]);
});

it("XEP-0045 7.7: the self-presence on a change of status has the request's id, only for the requesting client", () => {
  const sent = withTablet().send(MEMBER, presence("thirdwitch", "", "<show>away</show>"));
  expect(answered(sent)).toEqual([`presence thirdwitch > ${MEMBER} 110`]);
  expect(sent.filter(({ attrs }) => attrs.to === TABLET)).toHaveLength(1);
});

it("XEP-0045 7.6: both self-presences on a change of nickname have the request's id", () => {
  const sent = withTablet().send(MEMBER, presence("oldhag"));
  expect(answered(sent)).toEqual([
    `presence unavailable thirdwitch > ${MEMBER} 303,110`,
    `presence oldhag > ${MEMBER} 110`,
  ]);
  expect(sent).toHaveLength(6);
});

it("XEP-0045 7.2.2 and 7.6: both self-presences on joining again under another nickname have the request's id", () => {
  const sent = withTablet().send(MEMBER, presence("oldhag", "", `<x xmlns="${NS.muc}"/>`));
  expect(answered(sent)).toEqual([
    `presence unavailable thirdwitch > ${MEMBER} 303,110`,
    `presence oldhag > ${MEMBER} 110`,
  ]);
});

it("self-presence that answers a presence without an id has none", () => {
  const sent = withMember().send(MEMBER, `<presence type="unavailable" to="${ROOM}/thirdwitch"/>`);
  expect(sent.map(({ attrs }) => attrs.id)).toEqual([undefined, undefined]);
});
