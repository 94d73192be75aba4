// Commands for hats (XEP-0317 section 3): create, destroy, list, assign, unassign, list-assigned.
import { type FormField, writeTable } from "../../xmpp/data-form.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { prepareJid } from "../../xmpp/jid.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say, type Text, verbatim } from "../../xmpp/text.ts";
import { isAdmin } from "../model/affiliation.ts";
import { listBytes, MAX_BYTES, MAX_COUNT } from "../model/size-limits.ts";
import { mayListHats, mayReadAffiliationList } from "../permissions/privileges.ts";
import {
  assignedHats,
  assignHat,
  type Hat,
  hatsOf,
  hatUrisOf,
  isHatLimitReached,
  putHat,
  removeHat,
} from "../presence/hats.ts";
import { broadcastPresence } from "../presence/presence.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import {
  badPayload,
  type Command,
  type CommandCall,
  type CommandFields,
  type CommandForm,
  type CommandReply,
  commandForbidden,
  completed,
  fieldValue,
} from "./commands.ts";
import type { RoomRequest } from "./room-request.ts";
import { sendStatuses } from "./status-message.ts";

const FORM_TYPE = "urn:xmpp:hats:commands";
const HAT_COLUMNS = ["hats#title", "hats#uri", "hats#hue"];
export const ASSIGNMENT_COLUMNS = ["hats#jid", "hats#uri", "hats#title", "hats#hue"];
const URI = /^[a-z][a-z\d+.-]*:\S+$/i;

const forAdmins = ({ room, from }: RoomRequest): StanzaError | undefined =>
  isAdmin(room.affiliationOf(from)) ? undefined : commandForbidden(say`Only admins manage hats`);

const text = (name: string, label: Text, required: boolean, most?: number): FormField => ({
  var: name,
  type: "text-single",
  label,
  ...(most !== undefined && { desc: say`At most ${most} bytes` }),
  required,
});

const choice = (room: Room): FormField => ({
  var: "hats#uri",
  type: "list-single",
  label: say`Hat`,
  required: true,
  options: hatsOf(room).map(({ title, uri }) => ({ label: verbatim(title), value: uri })),
});

const user: FormField = { var: "hats#jid", type: "jid-single", label: say`User address`, required: true };

const form = (title: Text, fields: (room: Room) => readonly FormField[]): CommandForm<RoomRequest> => ({
  type: FORM_TYPE,
  title,
  fields: ({ room }) => fields(room),
});

/** Broadcasts the presence of occupants whose hats changed, by bare JID. */
function refresh(room: Room, jids: readonly string[]): void {
  for (const jid of new Set(jids))
    for (const occupant of room.occupantsOf(jid)) broadcastPresence(room, occupant);
}

function hatHolders(room: Room, uri: string): string[] {
  return assignedHats(room)
    .filter(({ hat }) => hat.uri === uri)
    .map(({ jid }) => jid);
}

const create: Command<RoomRequest> = {
  node: `${FORM_TYPE}:create`,
  name: say`Create a hat`,
  refuse: forAdmins,
  form: form(say`Creating a hat`, () => [
    text("hats#title", say`Hat title`, true, MAX_BYTES.hatTitle),
    text("hats#uri", say`Hat URI`, true, MAX_BYTES.hatUri),
    text("hats#hue", say`Hat hue (an angle)`, false),
  ]),
  run({ room, from }, fields) {
    const submitted = readHat(fields);
    if (submitted.kind === "refused") return submitted;
    const hat = submitted.value;
    const isKnown = hatsOf(room).some(({ uri }) => uri === hat.uri);
    if (!isKnown && hatsOf(room).length >= MAX_COUNT.hats)
      return refuse(errors.resourceConstraint(say`A room may have at most ${MAX_COUNT.hats} hats`));
    putHat(room, hat);
    recordAct(room, { kind: "hats-changed", by: from, detail: `defined ${hat.uri}` });
    refresh(room, hatHolders(room, hat.uri));
    sendStatuses(room, [104]);
    return completed();
  },
};

function readHat(fields: CommandFields): Result<Hat> {
  const [title, uri, hue] = ["hats#title", "hats#uri", "hats#hue"].map((name) => fieldValue(fields, name));
  if (!title || escapedBytes(title) > MAX_BYTES.hatTitle)
    return refuse(badPayload(say`A hat needs a title of at most ${MAX_BYTES.hatTitle} bytes`));
  if (!uri || escapedBytes(uri) > MAX_BYTES.hatUri || !URI.test(uri))
    return refuse(badPayload(say`A hat needs a URI of at most ${MAX_BYTES.hatUri} bytes`));
  if (hue && !(/^\d{1,3}(\.\d{1,9})?$/.test(hue) && Number(hue) <= 360))
    return refuse(badPayload(say`A hue must be an angle from 0 to 360`));
  return ok({ uri, title, hue: hue || undefined });
}

const destroy: Command<RoomRequest> = {
  node: `${FORM_TYPE}:destroy`,
  name: say`Destroy a hat`,
  refuse: forAdmins,
  form: form(say`Destroying a hat`, (room) => [choice(room)]),
  run({ room, from }, fields) {
    const found = findHat(room, fields);
    if (found.kind === "refused") return found;
    const hat = found.value;
    recordAct(room, { kind: "hats-changed", by: from, detail: `removed ${hat.uri}` });
    const holders = hatHolders(room, hat.uri);
    removeHat(room, hat.uri);
    refresh(room, holders);
    sendStatuses(room, [104]);
    return completed();
  },
};

function findHat(room: Room, fields: CommandFields): Result<Hat> {
  const uri = fieldValue(fields, "hats#uri");
  if (uri === "") return refuse(badPayload(say`hats#uri must name a hat`));
  const hat = hatsOf(room).find((known) => known.uri === uri);
  if (!hat) return refuse(errors.itemNotFound(say`There is no such hat`));
  return ok(hat);
}

/** Returns a table, cut to fit into a stanza, because section 3 has no pages. */
function table(
  { room }: RoomRequest,
  { stanza }: CommandCall,
  head: { readonly title: Text; readonly names: readonly string[] },
  rows: readonly string[][],
): CommandReply {
  const { payload, rows: shown } = writeTable(
    { ...head, bytes: listBytes(room.environment) },
    rows,
    stanza.language,
  );
  return completed(
    shown === rows.length ? { payload } : { payload, note: say`${shown} of ${rows.length} are shown` },
  );
}

const list: Command<RoomRequest> = {
  node: `${FORM_TYPE}:list`,
  name: say`List the hats`,
  refuse: ({ room, from }) =>
    mayListHats(room, from)
      ? undefined
      : commandForbidden(say`Only occupants and affiliated users may list the hats`),
  run(request, _, call) {
    const rows = hatsOf(request.room).map(({ title, uri, hue }) => [title, uri, hue ?? ""]);
    return table(request, call, { title: say`Hats`, names: HAT_COLUMNS }, rows);
  },
};

function assignment(node: string, name: Text, title: Text, on: boolean): Command<RoomRequest> {
  return {
    node: `${FORM_TYPE}:${node}`,
    name,
    refuse: forAdmins,
    form: form(title, (room) => [user, choice(room)]),
    run({ room, from }, fields) {
      const found = findHat(room, fields);
      if (found.kind === "refused") return found;
      const hat = found.value;
      const jid = prepareJid(fieldValue(fields, "hats#jid"));
      if (!jid?.local || jid.domain === room.environment.domain)
        return refuse(badPayload(say`A hat needs a user address: user@domain`));
      if (on && hatUrisOf(room, jid.bare).length >= MAX_COUNT.hatsOfOneUser)
        return refuse(
          errors.resourceConstraint(say`A user may have at most ${MAX_COUNT.hatsOfOneUser} hats`),
        );
      if (on && isHatLimitReached(room, jid.bare))
        return refuse(
          errors.resourceConstraint(say`At most ${MAX_COUNT.wearers} users of a room may have hats`),
        );
      const changed = assignHat(room, jid.bare, hat.uri, on);
      if (!changed && !on) return refuse(errors.itemNotFound(say`This user does not have this hat`));
      if (!changed) return completed();
      const detail = `${on ? "assigned" : "unassigned"} ${hat.uri}`;
      recordAct(room, { kind: "hats-changed", by: from, target: jid.bare, detail });
      refresh(room, [jid.bare]);
      return completed();
    },
  };
}

const listAssigned: Command<RoomRequest> = {
  node: `${FORM_TYPE}:list-assigned`,
  name: say`List assigned hats`,
  refuse: ({ room, from }) =>
    mayReadAffiliationList(room, from, "member")
      ? undefined
      : commandForbidden(say`You may not see the addresses in this list`),
  run(request, _, call) {
    const rows = assignedHats(request.room).map(({ jid, hat }) => [jid, hat.uri, hat.title, hat.hue ?? ""]);
    return table(request, call, { title: say`Assigned hats`, names: ASSIGNMENT_COLUMNS }, rows);
  },
};

export const HAT_COMMANDS: readonly Command<RoomRequest>[] = [
  create,
  destroy,
  list,
  assignment("assign", say`Assign a hat`, say`Assigning a hat`, true),
  assignment("unassign", say`Remove a hat`, say`Removing a hat`, false),
  listAssigned,
];
