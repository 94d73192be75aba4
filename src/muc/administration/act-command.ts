// The commands by which owners read what staff did in their room, and what the room did by itself.
import type { StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { mayReadActs } from "../permissions/privileges.ts";
import { PAGE_FIELDS, readActQuery, showActs } from "./act-page.ts";
import {
  type Command,
  type CommandCall,
  type CommandFields,
  type CommandOutcome,
  commandForbidden,
} from "./commands.ts";
import type { RoomRequest } from "./room-request.ts";

const FORM_TYPE = "verona#acts";

const forOwners = ({ room, from }: RoomRequest): StanzaError | undefined =>
  mayReadActs(room, from) ? undefined : commandForbidden(say`Only owners may read the records of acts`);

function show({ room }: RoomRequest, fields: CommandFields, call: CommandCall): CommandOutcome {
  const query = readActQuery(fields);
  if (query.kind === "refused") return query;
  return showActs(
    { ...query.value, node: room.node, sinceCreation: true },
    room.environment,
    call.stanza.language,
  );
}

/** Has no form, as Converse.js shows no table that follows a form. */
const newest: Command<RoomRequest> = {
  node: "verona#acts",
  name: say`Show the latest records of acts`,
  refuse: forOwners,
  run: show,
};

const page: Command<RoomRequest> = {
  node: "verona#acts-page",
  name: say`Show older records of acts`,
  refuse: forOwners,
  form: {
    type: FORM_TYPE,
    title: say`Records of acts`,
    fields: () => PAGE_FIELDS,
  },
  run: show,
};

export const ACT_COMMANDS: readonly Command<RoomRequest>[] = [newest, page];
