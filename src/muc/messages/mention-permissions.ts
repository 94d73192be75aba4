// Mention permissions of a room, which its owners set (XEP-0513 section 3.6).
import { z } from "zod";
import { type FormField, readForm, writeForm } from "../../xmpp/data-form.ts";
import type { Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { openTag, tag } from "../../xmpp/tag.ts";
import { say, type Text } from "../../xmpp/text.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import { type Mentioners, mayMention } from "../permissions/privileges.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import { jsonNote } from "../room/json-note.ts";
import type { Occupant } from "../room/occupant.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";

const MENTIONERS: readonly Mentioners[] = ["participants", "moderators", "none"];
const KINDS = ["individual", "channel", "associations"] as const;
type Kind = (typeof KINDS)[number];
type Permissions = { readonly count: number } & Readonly<Record<Kind, Mentioners>>;

/** The defaults: only moderators mention the whole room. */
const DEFAULTS: Permissions = {
  count: 10,
  individual: "participants",
  channel: "moderators",
  associations: "participants",
};

const mentioners = z.enum(MENTIONERS).exactOptional();
const schema = z.strictObject({
  count: z.int().min(0).max(999).exactOptional(),
  individual: mentioners,
  channel: mentioners,
  associations: mentioners,
});

export const mentionsNote = jsonNote<Partial<Permissions>>("mentions", schema, {});

const MENTIONER_LABELS: Readonly<Record<Mentioners, Text>> = {
  participants: say`participants`,
  moderators: say`moderators`,
  none: say`nobody`,
};

const LABELS: Readonly<Record<Kind, Text>> = {
  individual: say`Who can mention individual users?`,
  channel: say`Who can mention rooms?`,
  associations: say`Who can mention roles/affiliations?`,
};

const ASSOCIATIONS = ["moderators", "participants", "visitors", "owner", "admin", "member", "none"];

/** The features of XEP-0513 that the room supports (section 2). */
export const MENTION_FEATURES: readonly string[] = [
  NS.mentions,
  `${NS.mentions}#channel`,
  `${NS.mentions}#associations`,
  ...ASSOCIATIONS.map((name) => `${NS.mentions}#${name}`),
];

export function mentionPermissions(room: Room): Permissions {
  return { ...DEFAULTS, ...mentionsNote.read(room) };
}

/** Removes the mentions that the sender may not make, or all mentions where there are too many (section 7). */
export function withoutForbiddenMentions(
  room: Room,
  sender: Occupant,
  elements: readonly Element[],
): readonly Element[] {
  const mentions = elements.filter((el) => el.is("mention", NS.mentions));
  if (mentions.length === 0) return elements;
  const permissions = mentionPermissions(room);
  const isForbidden = (el: Element): boolean => {
    if (mentions.length > permissions.count) return true;
    const kind = kindOf(el);
    return kind !== undefined && !mayMention(permissions[kind], sender);
  };
  return elements.filter((el) => !mentions.includes(el) || !isForbidden(el));
}

/** Returns the kind of a mention; undefined for a group that the room does not know, which is left to clients. */
function kindOf(mention: Element): Kind | undefined {
  const group = mention.attrs.mentions;
  if (group === undefined) return "individual";
  if (group === `${NS.mentions}#channel`) return "channel";
  return ASSOCIATIONS.some((name) => group === `${NS.mentions}#${name}`) ? "associations" : undefined;
}

/** Answers a get of the permissions from anybody, or a set from an owner. */
export function handleMentionPermissions(room: Room, stanza: Stanza, query: Element): IqOutcome {
  const before = mentionPermissions(room);
  if (stanza.type === "get") {
    const title = say`Permissions for Explicit Mentions`;
    const instructions = say`Complete this form to inform entities about who can mention whom.`;
    const fields = permissionFields(before).map((field) => ({ ...field, required: true }));
    const form = writeForm(
      { type: "form", formType: NS.mentions, title, instructions },
      fields,
      stanza.language,
    );
    return result(tag("query", { xmlns: NS.mentions }, form));
  }
  if (room.affiliationOf(stanza.from.bare) !== "owner") {
    return refuse(errors.forbidden(say`Only owners may do this`));
  }
  const form = readForm(query, NS.mentions);
  if (!form) return refuse(errors.badRequest(say`The query needs a submitted or cancelled form`));
  if (form.type === "cancel") return result();
  const submitted = readPermissions(before, form.fields);
  if (submitted.kind === "refused") return submitted;
  const after = submitted.value;
  mentionsNote.write(room, after);
  recordAct(room, { kind: "mentions-configured", by: stanza.from.bare });
  announceChange(room, before, after);
  return result();
}

/** Returns the permissions as form fields, which the room information (disco#info) contains too. */
export function permissionFields(permissions: Permissions): FormField[] {
  const options = MENTIONERS.map((value) => ({ value, label: MENTIONER_LABELS[value] }));
  return [
    {
      var: "mentions#count",
      type: "text-single",
      label: say`How many mentions are allowed in a message?`,
      values: [String(permissions.count)],
    },
    ...KINDS.map((kind) => ({
      var: `mentions#${kind}`,
      type: "list-single" as const,
      label: LABELS[kind],
      values: [permissions[kind]],
      options,
    })),
  ];
}

/** Reads the submitted permissions; absent fields keep their value. */
function readPermissions(
  before: Permissions,
  fields: ReadonlyMap<string, readonly string[]>,
): Result<Permissions> {
  const [count = String(before.count)] = fields.get("mentions#count") ?? [];
  if (!/^\d{1,3}$/.test(count))
    return refuse(errors.notAcceptable(say`mentions#count must be a number up to 999`));
  const after = { ...before, count: Number(count) };
  for (const kind of KINDS) {
    const [value = before[kind]] = fields.get(`mentions#${kind}`) ?? [];
    const mentioners = MENTIONERS.find((known) => known === value);
    if (!mentioners)
      return refuse(errors.notAcceptable(say`mentions#${kind} must be one of ${MENTIONERS.join(", ")}`));
    after[kind] = mentioners;
  }
  return ok(after);
}

function announceChange(room: Room, before: Permissions, after: Permissions): void {
  const old = permissionFields(before);
  const changed = permissionFields(after).filter((field, i) => field.values?.[0] !== old[i]?.values?.[0]);
  if (changed.length === 0) return;
  const title = say`Updated configuration for Explicit Mention Permissions`;
  const fields = changed.map(({ var: name, type, values = [] }) => ({ var: name, type, values }));
  const form = writeForm({ type: "result", formType: NS.mentions, title }, fields, undefined);
  const head = openTag("message", { type: "groupchat", from: room.address, id: room.environment.newId() });
  room.effects.broadcast(head, `">${form}</message>`, audienceOf(room).everybody());
}
