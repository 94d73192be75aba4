// Random sequences of valid and invalid stanzas.
import fc from "fast-check";
import { NS } from "../../src/xmpp/namespaces.ts";
import { CLIENTS, ROOMS, SERVICE } from "./cast.ts";
import { archiveRequests, extensions } from "./extensions.ts";
import {
  type Arb,
  address,
  affiliation,
  client,
  extra,
  field,
  id,
  markup,
  mostly,
  nick,
  nickOf,
  OWN_NICK,
  often,
  ownNick,
  pick,
  query,
  reason,
  role,
  room,
  text,
} from "./pieces.ts";
import { answers, lockdowns, protectionField } from "./protection.ts";
import { serviceCommands } from "./service-commands.ts";
import type { Step } from "./world.ts";

const history = pick(
  '<history maxstanzas="0"/>',
  '<history maxstanzas="2"/>',
  '<history maxchars="300"/>',
  '<history seconds="30"/>',
  '<history since="2026-01-01T00:00:10Z"/>',
  '<history maxstanzas="-1" seconds="x" since="then"/>',
);
const password = pick("<password>sesame</password>", "<password>open</password>", "<password/>");
const entering = mostly(
  pick("", "<password>sesame</password>"),
  fc.oneof(password, history, markup`${password}${history}`),
);
const join = mostly(
  markup`<presence ${id} to="${room}/${ownNick}"><x xmlns="${NS.muc}">${entering}</x>${extra}</presence>`,
  pick(`<presence to="${ROOMS[0]}"><x xmlns="${NS.muc}"/></presence>`),
);
const presence = fc.oneof(
  often(4, markup`<presence ${id} to="${room}/${nick}">${extra}</presence>`),
  often(
    2,
    markup`<presence type="unavailable" to="${room}/${nick}"><status>${text}</status>${extra}</presence>`,
  ),
  often(1, markup`<presence type="unavailable" to="${room}"/>`),
  often(
    1,
    markup`<presence type="${pick("probe", "subscribe", "unsubscribe", "subscribed", "king", "error")}" ${id} to="${room}"/>`,
  ),
  often(1, markup`<presence type="probe" ${id} to="${room}/${nick}"/>`),
);

const messageType = mostly(pick('type="groupchat"'), pick("", 'type="chat"', 'type="normal"', 'type="king"'));
const content = fc.oneof(
  often(6, markup`<body>${text}</body>`),
  often(2, markup`<subject>${text}</subject>`),
  often(1, markup`<subject>${text}</subject><body>${text}</body><thread/>`),
  often(1, pick("")),
);
const message = fc.oneof(
  often(5, markup`<message ${messageType} ${id} to="${room}" xml:lang="en">${content}${extra}</message>`),
  often(2, markup`<message type="chat" ${id} to="${room}/${nick}">${content}${extra}</message>`),
  often(1, markup`<message ${messageType} to="${mostly(room, pick(SERVICE))}/${nick}">${content}</message>`),
);

const invite = markup`<invite to="${address}">${reason}<continue/></invite>`;
const decline = markup`<decline to="${mostly(markup`${room}/${nick}`, address)}">${reason}</decline>`;
const invitation = mostly(
  markup`<message ${id} to="${room}"><x xmlns="${NS.mucUser}">${fc.oneof(invite, decline, markup`${invite}${invite}`)}</x></message>`,
  markup`<message ${messageType} to="${room}/${nick}"><x xmlns="${NS.mucUser}">${invite}</x></message>`,
);

/** A form that requests voice, or a moderator's decision on one (sections 7.13 and 8.6). */
const voice = markup`<message ${id} to="${room}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#request</value></field><field var="muc#role"><value>participant</value></field>${pick(
  "",
  '<field var="muc#roomnick"><value>romeo</value></field><field var="muc#request_allow"><value>true</value></field>',
)}</x></message>`;

const gone = pick("gone", "item-not-found", "recipient-unavailable", "bad-request", "text");
const bounced = markup`<error type="cancel"><${gone} xmlns="${NS.stanzas}"/></error>`;
const bounce = fc.oneof(
  markup`<message type="error" ${id} to="${room}">${bounced}${extra}</message>`,
  markup`<presence type="error" to="${room}/${nick}">${bounced}</presence>`,
  markup`<message type="error" to="${room}/${nick}">${bounced}<x xmlns="${NS.mucUser}"/></message>`,
);

const item = fc.oneof(
  often(4, markup`<item affiliation="${affiliation}" jid="${address}">${reason}</item>`),
  often(3, markup`<item nick="${nick}" role="${role}">${reason}</item>`),
  often(1, markup`<item affiliation="${affiliation}" jid="${address}" nick="${mostly(nick, pick(""))}"/>`),
  often(1, markup`<item affiliation="${affiliation}" nick="${nick}"/>`),
);
const asked = fc.oneof(markup`<item affiliation="${affiliation}"/>`, markup`<item role="${role}"/>`);
const items = fc.oneof(
  often(5, item),
  often(2, markup`${item}${item}`),
  often(1, markup`${item}${item}${item}`),
);

const BOOLEANS = [
  ...["persistentroom", "publicroom", "membersonly", "moderatedroom", "passwordprotectedroom"],
  ...[
    "allowinvites",
    "changesubject",
    "allowvoicerequests",
    "enablelogging",
    "forwardmentions",
    "enablearchiving",
  ],
].map((name) => `muc#roomconfig_${name}`);
const OWN = [
  "lock_nicknames",
  "open_registration",
  "visitors_may_rename",
  "refuse_lookalikes",
  "registration_approval",
];
const booleanField = pick(...BOOLEANS, ...OWN.map((name) => `verona#${name}`));
const rolesOf = fc
  .subarray(["none", "visitor", "participant", "moderator"])
  .map((all) => all.join("</value><value>"));
const persistent = field("muc#roomconfig_persistentroom", mostly(pick("1"), pick("0")));
const formField = fc.oneof(
  often(8, field(booleanField, mostly(pick("1", "0"), pick("king", "")))),
  often(3, field("muc#roomconfig_whois", mostly(pick("anyone", "moderators"), pick("king")))),
  often(2, field("muc#roomconfig_presencebroadcast", rolesOf)),
  often(1, field("muc#roomconfig_getmemberlist", rolesOf)),
  often(1, field("muc#roomconfig_roomsecret", pick("sesame", ""))),
  often(1, field("muc#roomconfig_allowpm", pick("anyone", "participants", "moderators", "none"))),
  often(1, field(pick("muc#roomconfig_maxusers", "muc#maxhistoryfetch"), pick("0", "2", "50", "none", "-1"))),
  often(1, field("muc#roomconfig_slow_mode_duration", pick("0", "5"))),
  often(1, field(pick("muc#roomconfig_roomname", "muc#roomconfig_roomdesc", "muc#roomconfig_lang"), text)),
  often(1, field("muc#roominfo_contactjid", pick("help@abbey.example", "@"))),
  often(5, protectionField),
  often(1, field("king", text)),
);
const formType = mostly(pick(NS.mucRoomConfig), pick(NS.mucRegister));
const formOf = (...fields: Arb[]): Arb =>
  markup`<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${formType}</value></field>${fc
    .tuple(...fields)
    .map((all) => all.join(""))}</x>`;
const form = fc.oneof(
  often(3, formOf(persistent, formField)),
  often(3, formOf(formField, formField)),
  often(3, formOf(formField)),
  often(1, pick('<x xmlns="jabber:x:data" type="submit"/>', '<x xmlns="jabber:x:data" type="cancel"/>')),
);
/** Fields that suit the first configuration. */
const firstField = fc.oneof(
  often(3, pick('<field var="muc#roomconfig_persistentroom"><value>1</value></field>')),
  often(3, field(booleanField, pick("1", "0"))),
  often(2, field("muc#roomconfig_whois", pick("anyone"))),
  often(1, field("muc#roomconfig_presencebroadcast", rolesOf)),
  often(2, pick('<field var="muc#roomconfig_roomsecret"><value>sesame</value></field>')),
  often(4, protectionField),
);
const destroy = markup`<destroy jid="new@${SERVICE}">${reason}<password>sesame</password></destroy>`;

const roomnick = markup`<field var="muc#register_roomnick"><value>${nick}</value></field>`;
const registration = fc.oneof(
  often(
    4,
    markup`<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${NS.mucRegister}</value></field>${roomnick}</x>`,
  ),
  often(2, pick("<remove/>", "", '<x xmlns="jabber:x:data" type="cancel"/>')),
);
const others = fc.oneof(
  often(3, query(NS.register, registration)),
  often(2, pick(`<ping xmlns="${NS.ping}"/>`)),
  often(1, query(NS.discoInfo, "")),
  often(
    1,
    pick(`<query xmlns="${NS.discoInfo}" node="x-roomuser-item"/>`, `<query xmlns="${NS.discoItems}"/>`),
  ),
  often(
    1,
    pick('<vCard xmlns="vcard-temp"/>', '<king xmlns="urn:king"/>', "", "<a/><b/>", `<x xmlns="${NS.muc}"/>`),
  ),
);
const administration = fc.oneof(
  often(12, query(NS.mucAdmin, items)),
  often(9, extensions),
  often(2, lockdowns),
  often(6, query(NS.mucOwner, form)),
  often(1, query(NS.mucOwner, destroy)),
);
const lists = fc.oneof(often(3, query(NS.mucAdmin, asked)), often(1, query(NS.mucOwner, "")));
const address0 = fc.oneof(
  often(12, room),
  often(3, markup`${room}/${nick}`),
  often(1, pick(SERVICE, `${SERVICE}/x`, `nowhere@${SERVICE}`)),
);
const iq = fc.oneof(
  often(3, markup`<iq ${archiveRequests}</iq>`),
  often(6, markup`<iq type="get" ${id} to="${room}">${lists}</iq>`),
  often(5, markup`<iq type="${pick("get", "set")}" ${id} to="${address0}">${others}</iq>`),
  often(
    2,
    markup`<iq type="${pick("result", "error", "get", "king")}" ${id} to="${address0}">${fc.oneof(administration, others)}</iq>`,
  ),
);
const command = fc.oneof(
  often(9, markup`<iq type="set" ${id} to="${room}">${administration}</iq>`),
  often(1, serviceCommands),
);

const anything = fc.oneof(
  often(9, join),
  often(4, presence),
  often(9, message),
  often(2, invitation),
  often(1, voice),
  often(2, answers),
  often(1, bounce),
  often(7, iq),
  often(3, command),
);

const stanzaOf = (sender: Arb, xml: Arb): fc.Arbitrary<Step> =>
  fc.tuple(sender, xml).map(([from, written]) => ({
    kind: "stanza",
    from,
    xml: written.replaceAll(OWN_NICK, nickOf(from)),
  }));
/** Users with the rights to most actions: the owner of the opened room, and the administrator of the service. */
const staff = pick(CLIENTS[0] ?? "", CLIENTS[1] ?? "", CLIENTS[8] ?? "");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: stanzaOf(client, anything) },
  { weight: 20, arbitrary: stanzaOf(staff, command) },
  { weight: 2, arbitrary: fc.constantFrom(1, 10, 60).map((seconds): Step => ({ kind: "time", seconds })) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "restart" }) },
);

/** Opens a room: its owner configures it, and some users enter. Most rules apply only in such a room. */
const opening: fc.Arbitrary<Step[]> = fc
  .tuple(fc.array(firstField, { maxLength: 4 }), fc.subarray(CLIENTS.slice(1)))
  .map(([fields, entrants]) => {
    const to = ROOMS[0];
    const sent = (from: string, xml: string): Step => ({ kind: "stanza", from, xml });
    const enter = (from: string): Step =>
      sent(
        from,
        `<presence to="${to}/${nickOf(from)}"><x xmlns="${NS.muc}"><password>sesame</password></x></presence>`,
      );
    const configuration = `<query xmlns="${NS.mucOwner}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${NS.mucRoomConfig}</value></field>${fields.join("")}</x></query>`;
    const owner = CLIENTS[0] ?? "";
    return [
      enter(owner),
      sent(owner, `<iq type="set" id="c" to="${to}">${configuration}</iq>`),
      ...entrants.map(enter),
    ];
  });

/** Sequences of steps that start without rooms, or in an open room. */
export const steps: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 1, arbitrary: fc.array(step, { minLength: 1, maxLength: 30, size: "max" }) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(opening, fc.array(step, { minLength: 1, maxLength: 25, size: "max" }))
      .map(([first, rest]) => [...first, ...rest]),
  },
);
