// Rooms of ejabberd's mod_muc (the table muc_room).
import { randomUUID } from "node:crypto";
import { parseAffiliation } from "../../muc/model/affiliation.ts";
import type { AffiliationRecord, RoomRecord } from "../../muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../../muc/model/room-config.ts";
import { ROOM_OPTIONS } from "../../muc/model/room-options.ts";
import type { Subject } from "../../muc/model/subject.ts";
import { parse } from "../../xmpp/element.ts";
import { normalizeLocal, normalizeResource, prepareResource } from "../../xmpp/jid.ts";
import { describeValue } from "../describe-value.ts";
import { readVcard } from "../vcard.ts";
import { bareJid } from "./bare-jid.ts";
import { readRoles } from "./roles.ts";
import { itemsOf, type Term, wordOf } from "./term.ts";

/** Settings that are imported, or that Verona does not need. */
const KNOWN = new Set([
  ...[
    "title",
    "description",
    "lang",
    "persistent",
    "public",
    "public_list",
    "members_only",
    "members_by_default",
  ],
  ...["moderated", "password_protected", "password", "anonymous", "allow_change_subj", "allow_user_invites"],
  ...[
    "allowpm",
    "allow_private_messages",
    "allow_private_messages_from_visitors",
    "allow_visitor_nickchange",
  ],
  ...["allow_voice_requests", "voice_request_min_interval", "max_users", "presence_broadcast", "mam"],
  ...["affiliations", "roles", "subject", "subject_author", "vcard", "vcard_xupdate"],
  // Time when ejabberd unloaded the empty room.
  "hibernation_time",
]);
/** Other settings that are true by default. All others are false or empty by default. */
const TRUE_BY_DEFAULT = new Set(["allow_visitor_status", "allow_query_users"]);

export interface EjabberdRoom {
  /** Undefined if the room cannot be imported. */
  readonly room: RoomRecord | undefined;
  readonly losses: readonly string[];
}

/**
 * Reads a room's options. `nicknames` are those registered with the service, by bare JID; they become reserved in the
 * rooms in which their users have an affiliation. `now` is in milliseconds since 1970.
 */
export function readEjabberdRoom(
  node: string,
  options: Term,
  nicknames: ReadonlyMap<string, string>,
  now: number,
): EjabberdRoom {
  const values = new Map<string, Term>();
  for (const option of itemsOf(options)) {
    const [name, value] = itemsOf(option);
    const word = wordOf(name);
    if (word !== undefined) values.set(word, value);
  }
  if (normalizeLocal(node) !== node) return { room: undefined, losses: ["its name is not valid for a room"] };
  if (wordOf(values.get("persistent")) !== "true") return { room: undefined, losses: ["it is temporary"] };
  const losses: string[] = [];
  for (const [name, value] of values) {
    const word = wordOf(value) ?? (typeof value === "number" ? String(value) : undefined);
    const isUnused = ["", "undefined", TRUE_BY_DEFAULT.has(name) ? "true" : "false"].includes(word ?? "");
    if (KNOWN.has(name) || (isUnused && itemsOf(value).length === 0)) continue;
    losses.push(word === undefined ? `the setting ${name}` : `the setting ${name} (${describeWord(word)})`);
  }
  const config = readConfig(values, losses);
  const notes = new Map<string, string>([["occupant-id", randomUUID()]]);
  // It is unknown since when real JIDs are public, so earlier ones stay hidden (muc/permissions/visibility.ts).
  if (config.whois === "anyone") notes.set("real-jids-since", String(now));
  const affiliations = readAffiliations(values.get("affiliations"), nicknames, losses);
  // ejabberd also stores roles of unmoderated rooms, but ignores them.
  if (isModerated(values)) {
    const roles = readRoles(values.get("roles"), affiliations, config.moderated, losses);
    if (roles !== undefined) notes.set("roles", roles);
  }
  const vcard = vcardOf(values.get("vcard"));
  if (typeof vcard === "string") losses.push(vcard);
  else for (const [name, text] of vcard) notes.set(name, text);
  const room = {
    node,
    config,
    locked: false,
    subject: readSubject(values, now),
    affiliations,
    notes,
    sessions: [],
  };
  return { room, losses };
}

/** Reads the vCard, which is stored as markup. Empty if there is none. */
function vcardOf(value: Term): ReadonlyMap<string, string> | string {
  if (typeof value !== "string" || value === "") return new Map();
  try {
    return readVcard(parse(value));
  } catch {
    return readVcard(undefined);
  }
}

/** Describes a value that is a word; a short word is shown without quotes. */
const describeWord = (word: string): string =>
  describeValue(word) === JSON.stringify(word) ? word : describeValue(word);

function readConfig(values: ReadonlyMap<string, Term>, losses: string[]): RoomConfig {
  const is = (name: string, otherwise = false): boolean => {
    const value = wordOf(values.get(name));
    return value === undefined ? otherwise : value === "true";
  };
  const text = (name: string): string => {
    const value = values.get(name);
    return typeof value === "string" ? value : "";
  };
  const users = values.get("max_users");
  const roles = itemsOf(values.get("presence_broadcast")).map(wordOf);
  const isLanguage = ROOM_OPTIONS.language.format.pattern.test(text("lang"));
  if (!isLanguage) losses.push(`the setting lang (${describeValue(text("lang"))})`);
  return {
    ...DEFAULT_ROOM_CONFIG,
    name: text("title"),
    description: text("description"),
    language: isLanguage ? text("lang") : "",
    persistent: true,
    public: is("public", true),
    membersOnly: is("members_only"),
    memberInvites: is("allow_user_invites"),
    // In ejabberd a moderated room gives voice to everybody who enters while this is on.
    moderated: isModerated(values) && !is("members_by_default", true),
    passwordProtected: is("password_protected"),
    password: text("password"),
    whois: is("anonymous", true) ? "moderators" : "anyone",
    changeSubject: is("allow_change_subj", true),
    allowPrivateMessages: privateMessages(values, losses),
    visitorsMayRename: is("allow_visitor_nickchange", true),
    allowVoiceRequests: is("allow_voice_requests", true),
    maxUsers: typeof users === "number" ? users : 0,
    presenceBroadcast: values.has("presence_broadcast")
      ? ROOM_OPTIONS.presenceBroadcast.roles.filter((role) => roles.includes(role))
      : DEFAULT_ROOM_CONFIG.presenceBroadcast,
    archiving: is("mam"),
    refuseLookalikes: false,
  };
}

const isModerated = (values: ReadonlyMap<string, Term>): boolean =>
  wordOf(values.get("moderated")) !== "false";

function privateMessages(
  values: ReadonlyMap<string, Term>,
  losses: string[],
): RoomConfig["allowPrivateMessages"] {
  const allowed = wordOf(values.get("allowpm")) ?? wordOf(values.get("allow_private_messages")) ?? "true";
  if (allowed === "participants" || allowed === "moderators" || allowed === "none") return allowed;
  if (allowed === "false") return "none";
  const ofVisitors = wordOf(values.get("allow_private_messages_from_visitors")) ?? "anyone";
  if (ofVisitors === "moderators")
    losses.push(
      "the setting allow_private_messages_from_visitors (moderators): visitors cannot send private messages",
    );
  return ofVisitors === "anyone" ? "anyone" : "participants";
}

function readSubject(values: ReadonlyMap<string, Term>, now: number): Subject | undefined {
  const subject = values.get("subject");
  const first = itemsOf(itemsOf(subject)[0])[2];
  const text = typeof subject === "string" ? subject : typeof first === "string" ? first : "";
  if (text === "") return undefined;
  const author = values.get("subject_author");
  const nick = typeof author === "string" ? author : itemsOf(author)[0];
  // ejabberd does not store when the subject was set.
  return { text, nick: normalizeResource(typeof nick === "string" ? nick : "") ?? "", at: now };
}

function readAffiliations(
  list: Term,
  nicknames: ReadonlyMap<string, string>,
  losses: string[],
): AffiliationRecord[] {
  const records = new Map<string, AffiliationRecord>();
  for (const entry of itemsOf(list)) {
    const [address, value] = itemsOf(entry);
    const jid = bareJid(address);
    const [name, reason] = wordOf(value) === undefined ? itemsOf(value) : [value];
    const affiliation = parseAffiliation(wordOf(name));
    if (affiliation === "none") continue;
    if (jid === undefined || affiliation === undefined) {
      losses.push(`an affiliation (${wordOf(name)} of ${jid ?? "no address"})`);
      continue;
    }
    if (!jid.includes("@") && affiliation !== "outcast")
      losses.push(`an affiliation (${affiliation} of the users of ${jid}; the address itself keeps it)`);
    const wanted = affiliation === "outcast" ? "" : (nicknames.get(jid) ?? "");
    const nick = prepareResource(wanted) ?? normalizeResource(wanted);
    records.set(jid, {
      jid,
      affiliation,
      reason: typeof reason === "string" && reason !== "" ? reason : undefined,
      nick,
    });
  }
  return [...records.values()];
}
