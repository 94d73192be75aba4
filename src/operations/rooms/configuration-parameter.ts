// Options of a room by their keys, as operations take them. They become the values of the room's form (XEP-0045 section 10.2), so
// that the form's rules check them.
import { z } from "zod";
import { handleOwnerQuery } from "../../muc/administration/owner-query.ts";
import { type LogOptions, mayBeLogged } from "../../muc/archive/public-log.ts";
import { OPTION_SCHEMAS } from "../../muc/model/room-config-schema.ts";
import { type KeyedOption, mapOptions, type OptionKey, ROOM_OPTIONS } from "../../muc/model/room-options.ts";
import type { Room } from "../../muc/room/room.ts";
import { parseBoolean } from "../../xmpp/data-form.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { type Result, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import type { Caller } from "../operation.ts";
import { request } from "../room-rules.ts";

const KEYS = Object.keys(ROOM_OPTIONS).filter((key): key is OptionKey => key in ROOM_OPTIONS);

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).max(1000)]);
type Value = z.output<typeof value>;

/** The options as forms show them. Values may be texts, too: the room's form reads them. */
const { properties } = z.toJSONSchema(z.strictObject(mapOptions(describedOption)), {
  io: "input",
  override: ({ jsonSchema }) => {
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  },
});

function describedOption(option: KeyedOption): z.ZodType {
  const described = { title: option.label, description: option.description.replaceAll("`", "") };
  const isSecret = "isSecret" in option && option.isSecret;
  return OPTION_SCHEMAS[option.key].meta({ ...described, ...(isSecret && { format: "password" }) });
}

export const optionsParameter = z.partialRecord(z.enum(KEYS), value).meta({
  properties,
  description: "Options of the room by name, as in rooms.defaults, such as membersOnly=true; a list in JSON",
});
export type GivenOptions = z.output<typeof optionsParameter>;

/** Sets options of a room, all or none of them, as an owner's form would. */
export function configure(room: Room, caller: Caller, options: GivenOptions): Result<undefined> {
  if (isLoggedInVain(room, options)) return refuse(NO_LOG);
  const fields = KEYS.flatMap((key) => {
    const given = options[key];
    return given === undefined ? [] : [field(ROOM_OPTIONS[key].field, given)];
  });
  const form = tag("x", { xmlns: NS.dataForms, type: "submit" }, formType + fields.join(""));
  return request(room, caller, handleOwnerQuery, tag("query", { xmlns: NS.mucOwner }, form));
}

const NO_LOG = errors.notAcceptable(
  say`A public log needs public pages, and a public room with an archive that everybody may enter`,
);

/** Returns true for a log that is asked for and cannot be. Forms ignore that, as some clients switch on all that they know. */
function isLoggedInVain({ config, environment }: Room, options: GivenOptions): boolean {
  const after = (key: keyof LogOptions): boolean => parseBoolean(String(options[key])) ?? config[key];
  if (config.publicLogging || !after("publicLogging")) return false;
  const wanted = {
    ...{ publicLogging: true, archiving: after("archiving"), public: after("public") },
    ...{ membersOnly: after("membersOnly"), passwordProtected: after("passwordProtected") },
  };
  return environment.pages === undefined || !mayBeLogged(wanted);
}

const field = (name: string, given: Value): string =>
  tag(
    "field",
    { var: name },
    valuesOf(given)
      .map((text) => textTag("value", text))
      .join(""),
  );

const formType = tag("field", { var: "FORM_TYPE" }, textTag("value", NS.mucRoomConfig));

/** Returns the values of a field. One empty value clears a list. */
function valuesOf(given: Value): readonly string[] {
  if (Array.isArray(given)) return given.length === 0 ? [""] : given;
  return [String(given)];
}
