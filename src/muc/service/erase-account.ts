// Removes from a room what it has about an account: affiliation and nickname, occupants, notes, contacts, and in memory what it has
// said. The store replaces the archived messages afterwards. A ban stays as a hash. No act names the account.
import { accountOf, domainOf } from "../../xmpp/jid.ts";
import { affiliationVersionsNote } from "../affiliations/affiliation-versions.ts";
import { leaveBanGroup } from "../affiliations/ban-group.ts";
import { forgetAuthor, recentMessagesOf, retract } from "../archive/archive.ts";
import { announceRetraction, moderatedTombstone } from "../messages/moderated-retraction.ts";
import { MOST_ANNOUNCED } from "../messages/purge.ts";
import { mentions, withoutAccount } from "../model/account-mentions.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { announceAbsentMember } from "../presence/absent-members.ts";
import { banErased } from "../room/erased-bans.ts";
import { occupantId } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import { noteProblem } from "./notes.ts";
import { creatorNote } from "./room-counts.ts";

/** What stands in a text in the place of an address. */
export const ERASED = "[erased]";

const RETRACTION = { moderator: undefined, reason: undefined, isOneOfMany: true };

/** Properties of notes that name who acted, or was told, beside the account that an entry is about. */
const BESIDE = ["by", "inviter", "told", "asked"];

/** Erases an account (bare JID). Returns the tombstone for its archived messages, as markup. */
export function eraseAccount(room: Room, account: string): string {
  const author = occupantId(room, account);
  const payload = moderatedTombstone(room, RETRACTION, { at: room.environment.now() });
  retractAll(room, author, payload);
  for (const occupant of room.occupantsOf(account)) removeOccupant(room, occupant, { statuses: [307] });
  if (room.closed) return payload;
  removeAffiliation(room, account);
  for (const record of [...room.affiliations.values()])
    if (mentions(record.reason ?? "", account))
      room.change({
        kind: "affiliation-changed",
        record: { ...record, reason: withoutAccount(record.reason ?? "", account, ERASED) },
      });
  for (const [name, text] of [...room.notes])
    if (mentions(text, account)) room.note(name, scrubbedNote(name, text, account, room.environment.domain));
  scrubConfig(room, account);
  scrubSubject(room, account, author);
  return payload;
}

function retractAll(room: Room, author: string, payload: string): void {
  const said = recentMessagesOf(room)
    .by(author)
    .filter(({ retracted }) => !retracted);
  for (const { stanzaId } of said.slice(0, -MOST_ANNOUNCED)) retract(room, stanzaId, () => payload);
  for (const message of said.slice(-MOST_ANNOUNCED))
    if (!message.retracted) announceRetraction(room, RETRACTION, message.stanzaId);
  forgetAuthor(room, author);
}

function removeAffiliation(room: Room, account: string): void {
  const record = room.affiliations.get(account);
  if (!record) return;
  if (record.affiliation === "outcast") banErased(room, account);
  const none = { jid: account, affiliation: "none", reason: undefined, nick: undefined } as const;
  room.change({ kind: "affiliation-changed", record: none });
  leaveBanGroup(room, account);
  announceAbsentMember(room, none, record.nick);
  // Versions whose changes are not named are too old: clients read the whole lists.
  const { count } = affiliationVersionsNote.read(room);
  affiliationVersionsNote.write(room, { count: count + 1, jids: [] });
}

function scrubConfig(room: Room, account: string): void {
  const text = JSON.stringify(room.config);
  if (!mentions(text, account)) return;
  const contacts = room.config.contacts.filter((jid) => jid !== account);
  const config = { ...JSON.parse(withoutAccount(text, account, ERASED)), contacts };
  room.change({ kind: "config-changed", config, locked: room.locked });
}

function scrubSubject(room: Room, account: string, author: string): void {
  const { subject } = room;
  if (!subject) return;
  const text = withoutAccount(JSON.stringify(subject), account, ERASED);
  const clean: typeof subject = JSON.parse(text);
  const { message } = clean;
  const isOwn = message?.occupantId === author;
  const own = isOwn && message ? { nick: "", message: { ...message, occupantId: "" } } : {};
  if (isOwn || text !== JSON.stringify(subject))
    room.change({ kind: "subject-changed", subject: { ...clean, ...own } });
}

/** Returns a note without an account; undefined if nothing of it is left. */
function scrubbedNote(name: string, text: string, account: string, domain: string): string | undefined {
  // The number of rooms of a domain goes by it.
  if (name === creatorNote.name) return text === account ? `@${domainOf(account)}` : text;
  const scrubbed = JSON.stringify(scrub(parsed(text), account, domain)) ?? "";
  for (const candidate of [scrubbed, withoutAccount(text, account, domain)])
    if (noteProblem(name, candidate) === undefined && !mentions(candidate, account)) return candidate;
  return undefined;
}

/** Leaves out what a value has about an account, and names the service in its place where it acted for another. */
function scrub(value: unknown, account: string, domain: string): unknown {
  if (typeof value === "string") return withoutAccount(value, account, domain);
  if (Array.isArray(value))
    return value.filter((entry) => !concerns(entry, account)).map((entry) => scrub(entry, account, domain));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => accountOf(key) !== account);
  return Object.fromEntries(kept.map(([key, each]) => [key, scrub(each, account, domain)]));
}

function concerns(entry: unknown, account: string): boolean {
  const own =
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).filter(([key]) => !BESIDE.includes(key)))
      : entry;
  return mentions(JSON.stringify(own) ?? "", account);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
