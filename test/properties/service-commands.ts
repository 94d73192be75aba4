// Random ad-hoc commands of the service (XEP-0050), which its administrator may run.
import fc from "fast-check";
import { NS } from "../../src/xmpp/namespaces.ts";
import { SERVICE } from "./cast.ts";
import { type Arb, address, affiliation, field, id, markup, often, pick, room, text } from "./pieces.ts";

const command = (node: string, formType: string, ...fields: Arb[]): Arb =>
  markup`<iq type="set" ${id} to="${SERVICE}"><command xmlns="${NS.commands}" node="${node}"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${formType}</value></field>${fc
    .tuple(...fields)
    .map((all) => all.join(""))}</x></command></iq>`;
const FORM = "verona#admin";
const ADMIN = "http://jabber.org/protocol/admin";
const which = field("verona#room", room);

export const serviceCommands = fc.oneof(
  often(
    4,
    command(
      "verona#set-affiliation",
      FORM,
      which,
      field("verona#jid", address),
      field("verona#affiliation", affiliation),
    ),
  ),
  often(2, command("verona#configure-room", FORM, which)),
  often(
    2,
    command(
      "verona#configure-room",
      NS.mucRoomConfig,
      which,
      field("muc#roomconfig_moderatedroom", pick("0", "1")),
    ),
  ),
  often(1, command("verona#destroy-room", FORM, which, field("verona#reason", text))),
  often(1, command(`${ADMIN}#announce`, ADMIN, field("announcement", text))),
  often(1, command("verona#list-rooms", FORM, field("verona#filter", text))),
  often(
    1,
    pick(
      `<iq type="set" id="s" to="${SERVICE}"><command xmlns="${NS.commands}" node="verona#statistics"/></iq>`,
    ),
  ),
);
