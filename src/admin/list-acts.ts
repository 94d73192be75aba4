// The records of acts in all rooms and of the service, in pages.
import { PAGE_FIELDS, readActQuery, showActs } from "../muc/administration/act-page.ts";
import { badPayload, type Command, fieldValue } from "../muc/administration/commands.ts";
import { nodeOf } from "../operations/parameters.ts";
import { refuse } from "../xmpp/result.ts";
import { say } from "../xmpp/text.ts";
import { FORM_TYPE, forServiceAdmins, type ServiceRequest } from "./service-request.ts";

/** The field that names a room. Unlike `ROOM_FIELD`, the room need not exist any more, and it is not loaded. */
const OF_ROOM = "verona#of_room";

export const listActs: Command<ServiceRequest> = {
  node: "verona#list-acts",
  name: say`Show the records of acts`,
  refuse: forServiceAdmins,
  form: {
    type: FORM_TYPE,
    title: say`Records of acts`,
    fields: () => [{ var: OF_ROOM, type: "text-single", label: say`Room (empty: all)` }, ...PAGE_FIELDS],
  },
  run({ registry, stanza }, fields) {
    const query = readActQuery(fields);
    if (query.kind === "refused") return query;
    const name = fieldValue(fields, OF_ROOM);
    const node = name === "" ? undefined : nodeOf(name, registry.environment.domain);
    if (name !== "" && node === undefined)
      return refuse(badPayload(say`No room of this service has such a name`));
    return showActs({ ...query.value, node }, registry.environment, stanza.language);
  },
};
