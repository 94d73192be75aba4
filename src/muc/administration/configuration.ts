// The form by which owners configure a room (XEP-0045 sections 10.1.2, 10.1.3 and 10.2).
import { type FormField, readForm, writeForm } from "../../xmpp/data-form.ts";
import type { Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { noteBanGroup } from "../affiliations/ban-group.ts";
import { mayBeLogged } from "../archive/public-log.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import type { RoomConfig } from "../model/room-config.ts";
import { ROOM_OPTION_LIST } from "../model/room-options.ts";
import { mayChangeOption } from "../permissions/option-rights.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import {
  adminsAndOwnersFields,
  adminsAndOwnersOffer,
  applyAdminsAndOwners,
  planAdminsAndOwners,
} from "./admins-and-owners.ts";
import { applyConfig } from "./config-change.ts";
import { CONFIG_FIELDS, type ConfigField } from "./config-fields.ts";
import { destroyRoom } from "./destroy.ts";
import { type Offer, offerField, readOffer } from "./form-offer.ts";

/** Writes the form with the current configuration for a user, and further fields. Leaves out what the user may not change. */
export function configurationForm(
  room: Room,
  { from: { bare: bareJid }, language }: Pick<Stanza, "from" | "language">,
  more: readonly FormField[] = [],
): string {
  const offered = CONFIG_FIELDS.filter(
    ({ key, isOffered }) => mayChangeOption(room, bareJid, key) && (isOffered?.(room) ?? true),
  );
  const fields = offered.map((field) => field.show(room.config, room.environment));
  const instructions = room.locked
    ? say`This room is new. Nobody else can enter until you submit this form. Cancelling the form destroys the room.`
    : say`Fields that you do not change keep their values.`;
  const title = say`Configuration of ${room.address}`;
  return writeForm(
    { type: "form", formType: NS.mucRoomConfig, title, instructions },
    [
      ...fields,
      ...adminsAndOwnersFields(room),
      offerField([
        ...offered.map((field, index) => offeredOption(room, field, fields[index])),
        ...adminsAndOwnersOffer(room),
      ]),
      ...more,
    ],
    language,
  );
}

export const offerConfiguration = (room: Room, stanza: Stanza): IqOutcome =>
  result(tag("query", { xmlns: NS.mucOwner }, configurationForm(room, stanza)));

/** Applies a submitted form, as a whole or not at all. An empty form accepts the current configuration. */
export function configure(room: Room, stanza: Stanza, query: Element): IqOutcome {
  const form = readForm(query, NS.mucRoomConfig);
  if (!form)
    return refuse(errors.badRequest(say`The query needs a submitted or cancelled form of muc#roomconfig`));
  if (form.type === "cancel") return cancel(room, stanza.from.bare);
  const offer = readOffer(form.fields);
  const submitted = readConfig(room, form.fields, offer);
  if (submitted.kind === "refused") return submitted;
  const { banGroup } = room.config;
  let config = submitted.value;
  const fixed = refuseFixedOption(room, stanza.from.bare, config);
  if (fixed) return refuse(fixed);
  // Admins and owners change before the configuration does, and have to suit both the old and the new one.
  const membersOnly = room.config.membersOnly || config.membersOnly;
  const plan = planAdminsAndOwners(room, stanza.from.bare, form.fields, membersOnly, offer);
  if (plan.kind === "refused") return plan;
  applyAdminsAndOwners(room, stanza.from, plan.value);
  // The owner who has named the group may have gone.
  if (config.banGroup === banGroup) config = { ...config, banGroup: room.config.banGroup };
  noteBanGroup(room, config, stanza.from.bare);
  recordAct(room, {
    kind: "room-configured",
    by: stanza.from.bare,
    detail: changedOptions(room.config, config).join(", ") || undefined,
  });
  applyConfig(room, config);
  return result();
}

/** Cancels the form: destroys a room that was never configured (section 10.1.3), and changes nothing in others. */
function cancel(room: Room, by: string): IqOutcome {
  if (room.locked) {
    recordAct(room, { kind: "room-destroyed", by });
    destroyRoom(room);
  }
  return result();
}

/** Returns the names of the options that differ: their values may be secret. */
const changedOptions = (before: RoomConfig, after: RoomConfig): string[] =>
  ROOM_OPTION_LIST.filter(({ key }) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).map(
    ({ key }) => key,
  );

/** Returns a field's name and its value in the form. */
function offeredOption(room: Room, field: ConfigField, shown?: FormField): readonly [string, unknown] {
  return [field.var, field.read(room.config, shown?.values ?? [], room.environment)?.[field.key]];
}

type Fields = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the options that the sender changed. Options with missing or unchanged fields keep their value; unknown fields
 * are ignored. If two fields set one option, the changed one counts.
 */
function readConfig(room: Room, fields: Fields, offer: Offer | undefined): Result<RoomConfig> {
  let { config } = room;
  for (const field of CONFIG_FIELDS) {
    const values = fields.get(field.var);
    if (values === undefined) continue;
    const read = field.read(config, values, room.environment);
    if (!read) return refuse(refuseValue(room, field));
    const isChanged = JSON.stringify(read[field.key]) !== JSON.stringify(room.config[field.key]);
    if (isChanged && !offer?.has(field.var, read[field.key])) config = read;
  }
  config = withoutImpossibleLog(room, withProtection(config, fields));
  if (config.passwordProtected && config.password === "") {
    return refuse(errors.notAcceptable(say`A password-protected room needs a password`));
  }
  return ok(config);
}

/** Refuses a configuration that changes an option which the user may not change. Ignoring it could expose a room unnoticed. */
function refuseFixedOption(room: Room, bareJid: string, config: RoomConfig): StanzaError | undefined {
  const changed = ROOM_OPTION_LIST.find(
    ({ key }) =>
      JSON.stringify(config[key]) !== JSON.stringify(room.config[key]) &&
      !mayChangeOption(room, bareJid, key),
  );
  return (
    changed &&
    errors.notAcceptable(say`The operator of this service does not let you change ${changed.field}`)
  );
}

function refuseValue(room: Room, { var: name, show }: ConfigField): StanzaError {
  const { desc } = show(room.config, room.environment);
  if (desc === undefined) return errors.notAcceptable(say`${name} cannot have this value`);
  return errors.notAcceptable(say`${name} cannot have this value. ${desc}`);
}

/**
 * Ignores a public log where there can be none: some clients switch on every option they know, and it would begin when the
 * room is opened one day.
 */
function withoutImpossibleLog({ config: before, environment }: Room, config: RoomConfig): RoomConfig {
  if (before.publicLogging || !config.publicLogging) return config;
  return environment.pages && mayBeLogged(config) ? config : { ...config, publicLogging: false };
}

/** Sets the password protection if the form has a password but no field for the protection. */
function withProtection(config: RoomConfig, fields: Fields): RoomConfig {
  const isFlagged = (fields.get("muc#roomconfig_passwordprotectedroom") ?? []).length > 0;
  if (isFlagged || !fields.has("muc#roomconfig_roomsecret")) return config;
  return { ...config, passwordProtected: config.password !== "" };
}
