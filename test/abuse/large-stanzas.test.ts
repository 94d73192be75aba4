// Input of every kind, at its size limit and above it, with characters that grow when they are escaped: no output
// stanza is larger than servers accept.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WITHOUT_RATES } from "../../dev/verona.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { AttackedService, DOMAIN, enter, groupchat } from "./support/attacked-service.ts";

const LIMIT = 500_000;
const OWNER = "owner@verona.test/o";
const OTHER = "other@verona.test/x";
const ADMIN = "admin@verona.test/a";
const FREE = {
  VERONA_ROOM_CREATION: "anyone",
  VERONA_ADMINS: "admin@verona.test",
  ...WITHOUT_RATES,
  VERONA_MAX_ROOMS_PER_HOUR: "10000",
};

/** Characters as a client may write them, and their bytes as a server writes them. */
const CHARACTERS: readonly (readonly [name: string, written: string, bytes: number])[] = [
  ["apostrophe", "'", 6],
  ["greater-than sign", ">", 4],
  ["ampersand", "&amp;", 5],
  ["quotation mark", "&quot;", 6],
  ["carriage return", "&#13;", 5],
  ["emoji", "\u{1F600}", 4],
];

const form = (formType: string, fields: Record<string, string | readonly string[]>): string => {
  const all = Object.entries({ FORM_TYPE: formType, ...fields });
  const written = all.map(([name, values]) => {
    const list = [values].flat().map((value) => `<value>${value}</value>`);
    return `<field var="${name}">${list.join("")}</field>`;
  });
  return `<x xmlns="${NS.dataForms}" type="submit">${written.join("")}</x>`;
};

let service: AttackedService;
let requests = 0;
beforeAll(async () => {
  service = await AttackedService.start({ env: FREE });
});
afterAll(() => service.stop());

const iq = (from: string, to: string, type: string, payload: string, id = `r${requests++}`): string =>
  `<iq type="${type}" id="${id}" from="${from}" to="${to}">${payload}</iq>`;

/** Returns an attacker's stanzas to a room. `text(n)` repeats one character: n bytes as servers write it. */
function attack(room: string, text: (bytes: number) => string): string[] {
  const address = `${room}@${DOMAIN}`;
  const owner = (payload: string) =>
    iq(OWNER, address, "set", `<query xmlns="${NS.mucOwner}">${payload}</query>`);
  const admin = (items: string) =>
    iq(OWNER, address, "set", `<query xmlns="${NS.mucAdmin}">${items}</query>`);
  const hats = (node: string, fields: Record<string, string> = {}, from = OWNER) =>
    iq(
      from,
      address,
      "set",
      `<command xmlns="${NS.commands}" node="urn:xmpp:hats:commands:${node}">${form("urn:xmpp:hats:commands", fields)}</command>`,
    );
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
  const both = (bytes: number) => [text(bytes), text(bytes * 2)];
  const reason = `<reason>${text(100_000)}</reason>`;
  const long = (n: number) => `${"m".repeat(900)}${n}@verona.test`;
  return [
    // Ids, which each answer repeats, and addresses.
    ...both(1_000).flatMap((id) => [
      iq(OTHER, DOMAIN, "get", `<ping xmlns="${NS.ping}"/>`, id),
      iq(OTHER, address, "get", `<ping xmlns="${NS.ping}"/>`, id),
      `<message id="${id}" type="groupchat" from="${OTHER}" to="${address}"><body>a</body></message>`,
      `<message id="${id}" from="${OTHER}" to="${text(3_000)}@@${DOMAIN}"/>`,
    ]),
    iq(OTHER, DOMAIN, "get", `<ping xmlns="${NS.ping}"/>`, text(540_000)),
    // Groupchat messages, private messages and the sender's presence.
    ...both(200_000).flatMap((body) => [
      groupchat(OTHER, room, `<body>${body}</body>`),
      `<message from="${OTHER}" to="${address}/owner" id="p" type="chat"><body>${body}</body></message>`,
      `<message from="${OTHER}" to="${address}" id="q"><body>${body}</body></message>`,
      groupchat(OWNER, room, `<p:a xmlns:p="${text(1_000)}"/>${"<b/>".repeat(10)}<body>${body}</body>`),
    ]),
    `<message xmlns:p="${text(1_000)}" from="${OTHER}" to="${address}" type="groupchat" id="n">${"<p:a/>".repeat(500)}<body>x</body></message>`,
    ...both(8_000).map((subject) => groupchat(OWNER, room, `<subject>${subject}</subject>`)),
    ...both(16_000).map((status) => enter(OTHER, room, `<status>${status}</status>`)),
    ...both(300).map((nick) => `<presence from="${OTHER}" to="${address}/x${nick}"/>`),
    `<presence from="${OTHER}" to="${address}/other"/>`,
    // The room's configuration and affiliations.
    ...[1, 2].map((factor) =>
      owner(
        form(NS.mucRoomConfig, {
          "muc#roomconfig_roomname": text(500 * factor),
          "muc#roomconfig_roomdesc": text(4_000 * factor),
          "muc#roomconfig_roomsecret": text(1_000 * factor),
          "muc#roominfo_logs": text(2_000 * factor),
          "muc#roominfo_contactjid": numbers(20 * factor).map(long),
          "muc#roomconfig_whois": "anyone",
        }),
      ),
    ),
    ...numbers(15).map((batch) =>
      admin(
        numbers(100)
          .map(
            (n) =>
              `<item affiliation="member" jid="${long(batch * 100 + n)}"><reason>${text(1_000)}</reason></item>`,
          )
          .join(""),
      ),
    ),
    admin(
      numbers(100)
        .map((n) => `<item affiliation="admin" jid="${long(9_000 + n)}"/>`)
        .join(""),
    ),
    iq(OWNER, address, "get", `<query xmlns="${NS.mucOwner}"/>`),
    ...["member", "admin", "owner", "outcast"].map((affiliation) =>
      iq(OWNER, address, "get", `<query xmlns="${NS.mucAdmin}"><item affiliation="${affiliation}"/></query>`),
    ),
    admin(`<item nick="other" role="visitor">${reason}</item>`),
    `<message from="${OWNER}" to="${address}"><x xmlns="${NS.mucUser}"><invite to="far@verona.test">${reason}<continue thread="${text(2_000)}"/></invite></x></message>`,
    `<message from="far@verona.test/f" to="${address}"><x xmlns="${NS.mucUser}"><decline to="${address}/owner">${reason}</decline></x></message>`,
    // Hats.
    ...numbers(25).map((n) => hats("create", { "hats#title": `a${text(490)}b`, "hats#uri": `urn:${n}` })),
    ...numbers(100).map((n) =>
      hats("create", {
        "hats#title": `a${text(490)}b`,
        "hats#uri": `urn:${n}${text(900).replace("&#13;", "")}`,
      }),
    ),
    ...numbers(25).flatMap((n) =>
      ["other@verona.test", ...numbers(10).map(long)].map((jid) =>
        hats("assign", { "hats#jid": jid, "hats#uri": `urn:${n}` }),
      ),
    ),
    hats("list"),
    hats("list-assigned"),
    iq(OWNER, address, "set", `<command xmlns="${NS.commands}" node="urn:xmpp:hats:commands:assign"/>`),
    iq(
      OWNER,
      address,
      "set",
      `<command xmlns="${NS.commands}" node="urn:xmpp:hats:commands:list" sessionid="${text(1_500)}"/>`,
    ),
    // The vCard, and requests between occupants, in which real addresses are redacted.
    iq(OWNER, address, "set", `<vCard xmlns="${NS.vcard}"><NOTE>${text(200_000)}</NOTE></vCard>`),
    iq(
      OWNER,
      address,
      "set",
      `<vCard xmlns="${NS.vcard}">${"<PHOTO><BINVAL>AAAA</BINVAL></PHOTO>".repeat(4_000)}</vCard>`,
    ),
    iq(OTHER, address, "get", `<vCard xmlns="${NS.vcard}"/>`),
    iq(
      OTHER,
      `${address}/owner`,
      "set",
      `<query xmlns="urn:x">${`${OTHER} `.repeat(5_000)}${text(50_000)}</query>`,
    ),
    // Answers of the service.
    iq(OTHER, address, "get", `<query xmlns="${NS.discoInfo}"/>`),
    iq(OTHER, address, "get", `<query xmlns="${NS.discoItems}"/>`),
    iq(OTHER, DOMAIN, "get", `<query xmlns="${NS.discoItems}"/>`),
    iq(
      OTHER,
      DOMAIN,
      "get",
      `<search xmlns="${NS.channelSearch}">${form(NS.channelSearchParams, { all: "true" })}</search>`,
    ),
    iq(OTHER, address, "set", `<query xmlns="${NS.mam}" queryid="${text(1_000)}"/>`),
    iq(
      OTHER,
      address,
      "set",
      `<query xmlns="${NS.mam}">${form(NS.mam, { [text(100_000).replaceAll("&quot;", "")]: "x" })}</query>`,
    ),
    iq(
      ADMIN,
      DOMAIN,
      "set",
      `<command xmlns="${NS.commands}" node="verona#list-rooms">${form("verona#admin", { "verona#max_items": "1000" })}</command>`,
    ),
    iq(
      ADMIN,
      DOMAIN,
      "set",
      `<command xmlns="${NS.commands}" node="http://jabber.org/protocol/admin#announce">${form("http://jabber.org/protocol/admin", { announcement: text(200_000) })}</command>`,
    ),
    // New occupants receive the history, the subject and the lists (XEP-0463).
    `<presence from="late@verona.test/l" to="${address}/late"><x xmlns="${NS.muc}"><password>${text(1_000)}</password><mav xmlns="${NS.affiliationVersions}"/></x></presence>`,
    `<presence from="${OWNER}2" to="${address}/owner"><x xmlns="${NS.muc}"><mav xmlns="${NS.affiliationVersions}"/></x></presence>`,
    admin(`<item jid="other@verona.test" affiliation="outcast">${reason}</item>`),
  ];
}

describe("RFC 6120 4.9.3.14: nothing that is written closes the server's stream for its size", () => {
  test.each(CHARACTERS)("in a room full of the %s", async (name, written, bytes) => {
    const room = name.replace(/\W/g, "");
    const text = (length: number): string => written.repeat(Math.floor(length / bytes));
    await service.open(room, OWNER);
    service.write(enter(OTHER, room));
    await service.handled(room);
    for (const stanza of attack(room, text)) {
      service.write(stanza);
      await service.handled(room);
    }
    const sizes = service.received.map((stanza) => Buffer.byteLength(stanza));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LIMIT);
    // The output contains more than refusals.
    expect(Math.max(...sizes)).toBeGreaterThan(200_000 / bytes);
    expect(service.received.filter((stanza) => /<hats /.test(stanza)).length).toBeGreaterThan(20);
    service.forget();
    // The size guard withheld nothing: each kind of output has its own bound.
    expect(service.log()).not.toContain("was not sent");
    expect(service.log()).not.toContain('"offline"');
    const bystander = await service.bystander(`quiet${room}`);
    await bystander.say();
    expect(bystander.refusals).toEqual([]);
  });

  test("with the history and archive results of messages that are as large as they may be", async () => {
    await service.open("history", OWNER);
    for (let n = 0; n < 10; n += 1)
      service.write(groupchat(OWNER, "history", `<body>${"&amp;".repeat(52_000)}</body>`, `h${n}`));
    await service.handled("history");
    service.forget();
    service.write(enter("reader@verona.test/r", "history"));
    service.write(
      iq(
        "reader@verona.test/r",
        `history@${DOMAIN}`,
        "set",
        `<query xmlns="${NS.mam}" queryid="${"q".repeat(1_024)}"/>`,
      ),
    );
    await service.told(/<fin /);
    const sizes = service.received.map((stanza) => Buffer.byteLength(stanza));
    expect(sizes.filter((size) => size > 250_000).length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LIMIT);
  });
});
