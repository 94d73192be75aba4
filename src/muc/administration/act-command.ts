// The commands by which owners read what staff did in their room, and what the room did by itself.
import { writeForm } from "../../xmpp/data-form.ts";
import type { StanzaError } from "../../xmpp/stanza-error.ts";
import { mayReadActs } from "../permissions/privileges.ts";
import { PAGE_FIELDS, readActQuery, showActs } from "./act-page.ts";
import { type Command, type CommandFields, type CommandOutcome, commandForbidden } from "./commands.ts";
import type { RoomRequest } from "./room-request.ts";

const FORM_TYPE = "verona#acts";

const forOwners = ({ room, from }: RoomRequest): StanzaError | undefined =>
  mayReadActs(room, from) ? undefined : commandForbidden("Only owners may read the records of acts");

function show({ room }: RoomRequest, fields: CommandFields): CommandOutcome {
  const query = readActQuery(fields);
  if (query.kind === "refused") return query;
  return showActs({ ...query.value, node: room.node, sinceCreation: true }, room.environment);
}

/** Has no form, as Converse.js shows no table that follows a form. */
const newest: Command<RoomRequest> = {
  node: "verona#acts",
  name: "Show the latest records of acts",
  refuse: forOwners,
  run: show,
};

const page: Command<RoomRequest> = {
  node: "verona#acts-page",
  name: "Show older records of acts",
  refuse: forOwners,
  form: {
    type: FORM_TYPE,
    write: () => writeForm({ type: "form", formType: FORM_TYPE, title: "Records of acts" }, PAGE_FIELDS),
  },
  run: show,
};

export const ACT_COMMANDS: readonly Command<RoomRequest>[] = [newest, page];
