// Presence probes to rooms and occupants.
import { describe, expect, it } from "vitest";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const probe = (driver: Driver, from: string, to: string) =>
  driver.send(from, `<presence type="probe" id="probe" to="${to}"/>`);

describe("XEP-0045 17.3: a probe of an occupant by another occupant", () => {
  it("is answered with that occupant's current presence, to the probing client only", () => {
    const driver = withThree();
    const [broadcast] = driver.send(OTHER, `<presence to="${ROOM}/hecate"><show>away</show></presence>`);
    const sent = probe(driver, OWNER, `${ROOM}/hecate`);
    expect(sent.map(brief)).toEqual(["presence hecate > crone1 none/participant jid"]);
    expect(sent[0]?.getChild("show")?.getText()).toBe("away");
    expect(sent[0]?.getChild("occupant-id")?.attrs).toEqual(broadcast?.getChild("occupant-id")?.attrs);
    expect(driver.journal.filter(({ kind }) => kind === "session-stored")).toHaveLength(4);
  });

  it("reveals no real JID to occupants who may not see it", () => {
    const sent = probe(withThree(), MEMBER, `${ROOM}/hecate`);
    expect(sent.map(brief)).toEqual(["presence hecate > hag66 none/participant"]);
  });

  it("is answered with self-presence (110) and the probe's id, if it is of the own nickname", () => {
    const sent = probe(withThree(), MEMBER, `${ROOM}/thirdwitch`);
    expect(sent.map(brief)).toEqual(["presence thirdwitch > hag66 none/participant jid 110"]);
    expect(sent[0]?.attrs.id).toBe("probe");
  });

  it("is answered the same for an unknown nickname and for an occupant that is not broadcast", () => {
    const driver = withThree({
      "muc#roomconfig_presencebroadcast": ["moderator"],
      "muc#roomconfig_moderatedroom": "1",
    });
    const [absent, ...more] = probe(driver, MEMBER, `${ROOM}/nobody`);
    const [hidden] = probe(driver, MEMBER, `${ROOM}/hecate`);
    expect(more).toEqual([]);
    expect(absent && brief(absent)).toBe("presence unavailable nobody > hag66 none/none");
    expect(String(hidden).replaceAll("hecate", "nobody")).toBe(String(absent));
  });

  it("is answered with the affiliation of an absent member, if the room shows absent members", () => {
    const roles = ["moderator", "participant", "visitor"];
    for (const [broadcast, shown] of [
      [[...roles, "none"], "presence unavailable hecate > hag66 member/none nick=hecate"],
      [roles, "presence unavailable hecate > hag66 none/none"],
    ] as const) {
      const driver = withMember({ "muc#roomconfig_presencebroadcast": [...broadcast] });
      driver.admin(OWNER, '<item affiliation="member" jid="hecate@shakespeare.example" nick="hecate"/>');
      expect(probe(driver, MEMBER, `${ROOM}/hecate`).map(brief)).toEqual([shown]);
    }
  });
});

it("XEP-0045 17.3: a probe of the room by an occupant is answered with the room's presence", () => {
  const sent = probe(withMember(), MEMBER, ROOM);
  expect(sent.map(({ attrs }) => attrs)).toEqual([{ from: ROOM, to: MEMBER }]);
  expect(sent[0] && child(sent[0], "x", NS.vcardUpdate)).toBeDefined();
});

it.each([
  `${ROOM}/firstwitch`,
  `${ROOM}/nobody`,
  ROOM,
  "heath@chat.example/firstwitch",
  "heath@chat.example",
])("XEP-0045 17.3: a probe of %s from outside is refused with not-acceptable", (to) => {
  const driver = withMember();
  for (const from of [OTHER, "hag66@shakespeare.example"]) {
    const sent = probe(driver, from, to);
    expect(sent.map(errorOf)).toEqual(["cancel/not-acceptable"]);
    expect(sent[0]?.attrs).toMatchObject({ type: "error", from: to, to: from, id: "probe" });
  }
  expect([...(driver.registry.get("coven")?.sessions.keys() ?? [])]).toEqual([OWNER, MEMBER]);
  expect(driver.registry.get("heath")).toBeUndefined();
});
