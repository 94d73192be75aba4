// Rooms of Prosody's mod_muc (the store "config").

import { parseAffiliation } from "../../muc/model/affiliation.ts";
import type { AffiliationRecord, DestroyedRoom, RoomRecord } from "../../muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../../muc/model/room-config.ts";
import { ROOM_OPTIONS } from "../../muc/model/room-options.ts";
import type { Subject } from "../../muc/model/subject.ts";
import { normalizeLocal, normalizeResource, parseJid, prepareResource } from "../../xmpp/jid.ts";
import { describeValue } from "../describe-value.ts";
import { type LuaTable, tableOf, textOf } from "./lua.ts";

/** A stored room. `losses` is what cannot be imported. */
export type ProsodyRoom =
  | { readonly kind: "room"; readonly room: RoomRecord; readonly losses: readonly string[] }
  | { readonly kind: "destroyed"; readonly destroyed: DestroyedRoom }
  | { readonly kind: "nothing"; readonly losses: readonly string[] };

/** Settings that are imported, or that say nothing about the room. */
const KNOWN = new Set([
  ...["name", "description", "language", "hidden", "persistent", "members_only", "allow_member_invites"],
  ...["moderated", "password", "whois", "changesubject", "history_length", "presence_broadcast", "archiving"],
  ...["subject", "subject_from", "subject_time", "occupant_id_salt", "locked", "allow_pm", "allow_modpm"],
]);

/** Reads the room with that node. `data` is the value of its file, `now` is in milliseconds since 1970. */
export function readProsodyRoom(node: string, data: LuaTable, now: number): ProsodyRoom {
  const settings = tableOf(data.get("_data"));
  if (normalizeLocal(node) !== node) return { kind: "nothing", losses: ["its name is not valid for a room"] };
  if (settings.get("destroyed") === true) return readTombstone(node, settings);
  if (settings.get("persistent") !== true) return { kind: "nothing", losses: ["it is temporary"] };
  const losses = [...settings.keys()]
    .filter((key) => !KNOWN.has(String(key)))
    .map((key) => `the setting ${key} (${describeValue(settings.get(key))})`);
  const affiliations = readAffiliations(data, losses);
  const notes = new Map<string, string>();
  const salt = textOf(settings, "occupant_id_salt");
  // Occupant-ids stay the same (muc/room/occupant-id.ts).
  if (salt !== undefined) notes.set("occupant-id", `prosody:${salt}`);
  // It is unknown since when real JIDs are public, so earlier ones stay hidden (muc/permissions/visibility.ts).
  if (textOf(settings, "whois") === "anyone") notes.set("real-jids-since", String(now));
  const hats = readHats(tableOf(data.get("_affiliation_data")));
  if (hats !== undefined) notes.set("hats", hats);
  const room: RoomRecord = {
    node,
    config: readConfig(settings, losses),
    locked: false,
    subject: readSubject(settings),
    affiliations,
    notes,
    sessions: [],
  };
  return { kind: "room", room, losses };
}

/** Reads the configuration. A missing setting has Prosody's default, not the operator's. */
function readConfig(settings: LuaTable, losses: string[]): RoomConfig {
  const is = (key: string): boolean => settings.get(key) === true;
  const password = textOf(settings, "password") ?? "";
  const length = settings.get("history_length");
  const broadcast = settings.get("presence_broadcast");
  const language = textOf(settings, "language") ?? "";
  const isLanguage = ROOM_OPTIONS.language.format.pattern.test(language);
  if (!isLanguage) losses.push(`the setting language (${describeValue(language)})`);
  return {
    ...DEFAULT_ROOM_CONFIG,
    name: textOf(settings, "name") ?? "",
    description: textOf(settings, "description") ?? "",
    language: isLanguage ? language : "",
    persistent: true,
    public: !is("hidden"),
    membersOnly: is("members_only"),
    memberInvites: is("allow_member_invites"),
    moderated: is("moderated"),
    passwordProtected: password !== "",
    password,
    whois: textOf(settings, "whois") === "anyone" ? "anyone" : "moderators",
    changeSubject: is("changesubject"),
    allowPrivateMessages: privateMessages(settings, losses),
    historyLength: typeof length === "number" && length >= 0 ? Math.floor(length) : 20,
    presenceBroadcast:
      broadcast === undefined
        ? DEFAULT_ROOM_CONFIG.presenceBroadcast
        : ROOM_OPTIONS.presenceBroadcast.roles.filter((role) => tableOf(broadcast).get(role) === true),
    archiving: settings.get("archiving") !== false,
    refuseLookalikes: false,
  };
}

/** The values of allow_pm, by Prosody 13 and by the module muc_restrict_pm. */
const PRIVATE_MESSAGES: Readonly<Record<string, RoomConfig["allowPrivateMessages"]>> = {
  visitor: "anyone",
  everyone: "anyone",
  participant: "participants",
  participants: "participants",
  moderator: "moderators",
  moderators: "moderators",
  none: "none",
};

function privateMessages(settings: LuaTable, losses: string[]): RoomConfig["allowPrivateMessages"] {
  const allowed = settings.get("allow_pm") ?? "visitor";
  const isForMembers = allowed === "affiliated" || allowed === "members";
  // Only affiliated users can be in such a room.
  if (isForMembers && settings.get("members_only") === true) return "anyone";
  const known = Object.hasOwn(PRIVATE_MESSAGES, String(allowed))
    ? PRIVATE_MESSAGES[String(allowed)]
    : undefined;
  if (known === undefined)
    losses.push(
      `the setting allow_pm (${describeValue(allowed)}): only moderators send private messages now`,
    );
  if (settings.get("allow_modpm") === true && known !== "anyone")
    losses.push("the setting allow_modpm: private messages to moderators need the same right as others");
  return known ?? "moderators";
}

function readSubject(settings: LuaTable): Subject | undefined {
  const text = textOf(settings, "subject");
  const at = settings.get("subject_time");
  if (text === undefined) return undefined;
  const nick = parseJid(textOf(settings, "subject_from") ?? "")?.resource ?? "";
  return { text, nick, at: typeof at === "number" ? Math.round(at * 1000) : 0 };
}

function readAffiliations(data: LuaTable, losses: string[]): AffiliationRecord[] {
  // Before version 0.11, affiliations had a table of their own.
  const old = data.get("_affiliations");
  const records = new Map<string, AffiliationRecord>();
  const nicks = new Set<string>();
  for (const [key, value] of old === undefined ? data : tableOf(old)) {
    if (typeof key !== "string" || typeof value !== "string" || /^_|^jid$/.test(key)) continue;
    const affiliation = parseAffiliation(value);
    const jid = parseJid(key)?.bare;
    if (affiliation === "none") continue;
    if (jid === undefined || affiliation === undefined || records.has(jid)) {
      losses.push(`the affiliation ${value} of ${key}`);
      continue;
    }
    const more = tableOf(tableOf(data.get("_affiliation_data")).get(key));
    const wanted = textOf(more, "reserved_nickname");
    const nick = wanted === undefined ? undefined : (prepareResource(wanted) ?? normalizeResource(wanted));
    if (wanted !== undefined && (nick === undefined || nicks.has(nick)))
      losses.push(`the nickname ${describeValue(wanted)} of ${jid}`);
    const own = nick !== undefined && !nicks.has(nick) ? nick : undefined;
    if (own !== undefined) nicks.add(own);
    records.set(jid, { jid, affiliation, reason: textOf(more, "reason"), nick: own });
    for (const name of more.keys())
      if (!["reserved_nickname", "reason", "hats"].includes(String(name)))
        losses.push(`the affiliation data ${name} of ${jid}`);
  }
  return [...records.values()];
}

/** Returns the note of muc/presence/hats.ts. */
function readHats(affiliationData: LuaTable): string | undefined {
  const hats = new Map<string, { uri: string; title: string }>();
  const worn: Record<string, string[]> = {};
  for (const [key, value] of affiliationData) {
    const jid = parseJid(String(key))?.bare;
    for (const [uri, hat] of tableOf(tableOf(value).get("hats"))) {
      if (jid === undefined || tableOf(hat).get("active") !== true) continue;
      const title = textOf(tableOf(hat), "title") ?? String(uri);
      hats.set(String(uri), { uri: String(uri), title });
      worn[jid] = [...(worn[jid] ?? []), String(uri)];
    }
  }
  return hats.size === 0 ? undefined : JSON.stringify({ hats: [...hats.values()], worn });
}

function readTombstone(node: string, settings: LuaTable): ProsodyRoom {
  const venue = parseJid(textOf(settings, "newjid") ?? "")?.bare;
  const until = settings.get("locked");
  if (typeof until !== "number" || until < 0)
    return { kind: "nothing", losses: ["it was destroyed, and its name is free now"] };
  const reason = textOf(settings, "reason");
  return {
    kind: "destroyed",
    destroyed: { node, venue, reason, members: undefined, until: Math.round(until * 1000) },
  };
}
