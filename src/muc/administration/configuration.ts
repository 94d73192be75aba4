// The form by which owners configure a room (XEP-0045 sections 10.1.2, 10.1.3 and 10.2).
import { type FormField, readForm, writeForm } from "../../xmpp/data-form.ts";
import type { Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import type { RoomConfig } from "../model/room-config.ts";
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

/** The form with the present configuration, and further fields. */
export function configurationForm(room: Room, more: readonly FormField[] = []): string {
  const offered = CONFIG_FIELDS.filter(({ isOffered }) => isOffered?.(room.config) ?? true);
  const fields = offered.map((field) => field.show(room.config, room.environment));
  const instructions = room.locked
    ? "This room is new. Nobody else can enter until you submit this form. Cancelling the form destroys the room."
    : "Fields that you do not change keep their values.";
  const title = `Configuration of ${room.address}`;
  return writeForm({ type: "form", formType: NS.mucRoomConfig, title, instructions }, [
    ...fields,
    ...adminsAndOwnersFields(room),
    offerField([
      ...offered.map((field, index) => offeredOption(room, field, fields[index])),
      ...adminsAndOwnersOffer(room),
    ]),
    ...more,
  ]);
}

export const offerConfiguration = (room: Room): IqOutcome =>
  result(tag("query", { xmlns: NS.mucOwner }, configurationForm(room)));

/** Takes a submitted form over, as a whole or not at all; an empty one accepts the configuration as it is. */
export function configure(room: Room, stanza: Stanza, query: Element): IqOutcome {
  const form = readForm(query, NS.mucRoomConfig);
  if (!form)
    return refuse(errors.badRequest("The query needs a submitted or cancelled form of muc#roomconfig"));
  if (form.type === "cancel") return cancel(room);
  const offer = readOffer(form.fields);
  const submitted = readConfig(room, form.fields, offer);
  if (submitted.kind === "refused") return submitted;
  const config = submitted.value;
  // The changes of the plan are made while the room is as it was, and have to hold when it is as it will be.
  const membersOnly = room.config.membersOnly || config.membersOnly;
  const plan = planAdminsAndOwners(room, stanza.from.bare, form.fields, membersOnly, offer);
  if (plan.kind === "refused") return plan;
  applyAdminsAndOwners(room, stanza.from, plan.value);
  applyConfig(room, config);
  return result();
}

/** Section 10.1.3: cancelling the first configuration destroys the room, later ones change nothing. */
function cancel(room: Room): IqOutcome {
  if (room.locked) destroyRoom(room);
  return result();
}

/** Names an option with its value, as the form shows it. */
function offeredOption(room: Room, field: ConfigField, shown?: FormField): readonly [string, unknown] {
  return [field.var, field.read(room.config, shown?.values ?? [], room.environment)?.[field.key]];
}

type Fields = ReadonlyMap<string, readonly string[]>;

/**
 * Reads what the sender has changed. Options whose fields are missing, or as they were offered, keep their value; unknown
 * fields are ignored. Where two fields set one option, the one that changes it counts.
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
  config = withProtection(config, fields);
  if (config.passwordProtected && config.password === "") {
    return refuse(errors.notAcceptable("A password-protected room needs a password"));
  }
  return ok(config);
}

function refuseValue(room: Room, { var: name, show }: ConfigField): StanzaError {
  const { desc } = show(room.config, room.environment);
  const limit = desc === undefined ? "" : `: ${desc.toLowerCase()}`;
  return errors.notAcceptable(`${name} cannot have this value${limit}`);
}

/** Protects a room by a password that comes without the flag of protection, and opens it by an empty one. */
function withProtection(config: RoomConfig, fields: Fields): RoomConfig {
  const isFlagged = (fields.get("muc#roomconfig_passwordprotectedroom") ?? []).length > 0;
  if (isFlagged || !fields.has("muc#roomconfig_roomsecret")) return config;
  return { ...config, passwordProtected: config.password !== "" };
}
