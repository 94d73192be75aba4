// The command by which owners read what staff did in their room, and what the room did by itself.
import { writeForm } from "../../xmpp/data-form.ts";
import { mayReadActs } from "../permissions/privileges.ts";
import { PAGE_FIELDS, readActQuery, showActs } from "./act-page.ts";
import { type Command, commandForbidden } from "./commands.ts";
import type { RoomRequest } from "./hat-commands.ts";

const FORM_TYPE = "verona#acts";

export const listActs: Command<RoomRequest> = {
  node: "verona#acts",
  name: "Show the records of acts",
  refuse: ({ room, from }) =>
    mayReadActs(room, from) ? undefined : commandForbidden("Only owners may read the records of acts"),
  form: {
    type: FORM_TYPE,
    write: () => writeForm({ type: "form", formType: FORM_TYPE, title: "Records of acts" }, PAGE_FIELDS),
  },
  run({ room }, fields) {
    const query = readActQuery(fields);
    if (query.kind === "refused") return query;
    return showActs({ ...query.value, node: room.node, sinceCreation: true }, room.environment);
  },
};
