// Commands on one room, by the same rules as for its owners (XEP-0045 sections 9 and 10).
import { handleAdminQuery } from "../muc/administration/admin-query.ts";
import {
  badPayload,
  type Command,
  type CommandFields,
  type CommandOutcome,
  completed,
  fieldValue,
} from "../muc/administration/commands.ts";
import { configurationForm } from "../muc/administration/configuration.ts";
import { handleOwnerQuery } from "../muc/administration/owner-query.ts";
import { AFFILIATIONS } from "../muc/model/affiliation.ts";
import type { Room } from "../muc/room/room.ts";
import type { FormField } from "../xmpp/data-form.ts";
import { type Element, parse } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { refuse } from "../xmpp/result.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { say, type Text, textOf } from "../xmpp/text.ts";
import {
  act,
  FORM_TYPE,
  findRoom,
  forServiceAdmins,
  ROOM_FIELD,
  type ServiceRequest,
} from "./service-request.ts";

const REASON: FormField = { var: "verona#reason", type: "text-single", label: say`Reason` };

const form = (title: Text, fields: readonly FormField[]) => ({
  type: FORM_TYPE,
  title,
  fields: () => [ROOM_FIELD, ...fields],
});

/** Builds a request of muc#owner or muc#admin in the administrator's name. */
const query = (xmlns: string, content: string): Element => parse(tag("query", { xmlns }, content));

/** A command of two stages: the room, then its configuration form, which names the room in a hidden field. */
export const configureRoom: Command<ServiceRequest> = {
  node: "verona#configure-room",
  name: say`Configure a room`,
  refuse: forServiceAdmins,
  form: { ...form(say`Configuring a room`, []), next: NS.mucRoomConfig },
  run(request, fields) {
    const found = findRoom(request, fields);
    if (found.kind === "refused") return found;
    const room = found.value;
    if (fieldValue(fields, "FORM_TYPE") === FORM_TYPE) {
      const hidden: FormField = { var: ROOM_FIELD.var, type: "hidden", values: [room.address] };
      return { kind: "executing", form: configurationForm(room, request.stanza, [hidden]) };
    }
    return run(request, room, handleOwnerQuery, query(NS.mucOwner, resubmitted(fields)));
  },
};

/** Returns the submitted configuration form as the room gets it. */
function resubmitted(fields: CommandFields): string {
  const written = [...fields]
    .filter(([name]) => name !== ROOM_FIELD.var)
    .map(([name, values]) =>
      tag("field", { var: name }, values.map((value) => textTag("value", value)).join("")),
    );
  return tag("x", { xmlns: NS.dataForms, type: "submit" }, written.join(""));
}

export const destroyRoom: Command<ServiceRequest> = {
  node: "verona#destroy-room",
  name: say`Destroy a room`,
  refuse: forServiceAdmins,
  form: form(say`Destroying a room`, [
    { var: "verona#venue", type: "jid-single", label: say`Address of the alternate venue` },
    REASON,
  ]),
  run(request, fields) {
    const found = findRoom(request, fields);
    if (found.kind === "refused") return found;
    const room = found.value;
    const reason = fieldValue(fields, REASON.var);
    const attributes = { jid: fieldValue(fields, "verona#venue") || undefined };
    const destroy = tag("destroy", attributes, reason && textTag("reason", reason));
    return run(request, room, handleOwnerQuery, query(NS.mucOwner, destroy));
  },
};

/** Sets an affiliation. To hand over a room, set the new owner first, then the affiliation of the old one. */
export const setAffiliation: Command<ServiceRequest> = {
  node: "verona#set-affiliation",
  name: say`Set a user's affiliation with a room`,
  refuse: forServiceAdmins,
  form: form(say`Setting an affiliation`, [
    { var: "verona#jid", type: "jid-single", label: say`User address`, required: true },
    {
      var: "verona#affiliation",
      type: "list-single",
      label: say`Affiliation`,
      required: true,
      options: AFFILIATIONS.map((value) => ({ value, label: textOf(value) })),
    },
    REASON,
  ]),
  run(request, fields) {
    const found = findRoom(request, fields);
    if (found.kind === "refused") return found;
    const room = found.value;
    const [jid, affiliation] = ["verona#jid", "verona#affiliation"].map((name) => fieldValue(fields, name));
    if (!jid || !affiliation) return refuse(badPayload(say`The form needs a user and an affiliation`));
    const reason = fieldValue(fields, REASON.var);
    const item = tag("item", { jid, affiliation }, reason && textTag("reason", reason));
    return run(request, room, handleAdminQuery, query(NS.mucAdmin, item));
  },
};

function run(
  request: ServiceRequest,
  room: Room,
  rule: typeof handleAdminQuery,
  query: Element,
): CommandOutcome {
  const outcome = act(request, room, () => rule(room, request.stanza, query));
  return outcome.kind === "refused" ? outcome : completed();
}
