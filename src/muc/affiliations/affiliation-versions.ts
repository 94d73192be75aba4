// Versions of the affiliation lists (XEP-0463). A client that caches the lists fetches only the changes since its version.
import { z } from "zod";
import { child } from "../../xmpp/element.ts";
import type { Jid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { inParts } from "../../xmpp/parts.ts";
import { errorMessage, type Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { listBytes } from "../model/size-limits.ts";
import { mayReadAffiliationList } from "../permissions/privileges.ts";
import { audienceOf, refreshClient, wantsVersions } from "../permissions/room-audience.ts";
import { account, jsonNote } from "../room/json-note.ts";
import type { Occupant } from "../room/occupant.ts";
import { keyedHash } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";

/** Limits the remembered changes. A client with an older version gets the whole lists. */
const CHANGES_KEPT = 100;

/** The number of all changes so far, and the bare JIDs of the latest ones, oldest first. */
interface Log {
  readonly count: number;
  readonly jids: readonly string[];
}

const schema = z.strictObject({ count: z.int().min(0), jids: z.array(account) });

/** The note of the log. A damaged one restarts at a count that was never used, so that no version occurs twice. */
export const affiliationVersionsNote = jsonNote<Log>(
  "affiliation-versions",
  schema,
  { count: 0, jids: [] },
  (now) => JSON.stringify({ count: now, jids: [] }),
);

/** Returns the version after `count` changes. It is opaque and cannot be guessed: only its recipients know it. */
const versionName = (room: Room, count: number): string =>
  keyedHash(room, `affiliations after ${count} changes`).slice(0, 20);

/**
 * Returns the version of one part of an answer. A client that comes back with it has missed the other parts, so it gets
 * the whole lists.
 */
const partVersionName = (room: Room, count: number, place: number): string =>
  keyedHash(room, `affiliations after ${count} changes, part ${place}`).slice(0, 20);

/**
 * Records that a user's affiliation has changed. Returns the `mav` element for clients that may read the lists, or
 * undefined where no client has asked for versions.
 */
export function advanceVersion(room: Room, jid: string): string | undefined {
  const { count, jids } = affiliationVersionsNote.read(room);
  affiliationVersionsNote.write(room, {
    count: count + 1,
    jids: latestFitting([...jids, jid], CHANGES_KEPT),
  });
  if (!audienceOf(room).wantsVersions) return undefined;
  return mav({ since: versionName(room, count), until: versionName(room, count + 1) });
}

const mav = (attributes: { since?: string | undefined; until: string }): string =>
  tag("mav", { xmlns: NS.affiliationVersions, ...attributes });

/**
 * Returns the `mav` element for a client's self-presence on entry, with the current version. Empty where the client has
 * not asked for versions or may not read the lists.
 */
export function currentVersion(room: Room, { full }: Jid): string {
  if (!wantsVersions(room, full)) return "";
  return mav({ until: versionName(room, affiliationVersionsNote.read(room).count) });
}

/**
 * Answers the request in a join (section 5.1) with the changes since the client's version. Sends the whole lists where the
 * client has no version or one that is too old, and an error where it may not read them. Runs before any presence is
 * sent.
 */
export function sendAffiliations(room: Room, occupant: Occupant, stanza: Stanza): void {
  const muc = child(stanza.element, "x", NS.muc);
  const request = muc && child(muc, "mav", NS.affiliationVersions);
  const { bare, full } = stanza.from;
  const mayRead = mayReadAffiliationList(room, bare, "member");
  const session = occupant.sessions.get(full);
  if (session) session.wantsVersions = request !== undefined && mayRead;
  refreshClient(room, full, occupant);
  if (!request) return;
  if (!mayRead) {
    const refusal = errors.forbidden(say`You may not read the lists of affiliations`);
    room.effects.send(
      errorMessage({ from: room.address, to: full, id: stanza.id }, refusal, stanza.language),
    );
    return;
  }
  const log = affiliationVersionsNote.read(room);
  const { since } = request.attrs;
  const until = versionName(room, log.count);
  if (since === until) return;
  const changed = since === undefined ? undefined : changedSince(room, log, since);
  const jids = changed ?? [...room.affiliations.keys()];
  const items = jids.map((jid) => ({ jid, affiliation: shownAffiliation(room, bare, jid) }));
  // A client without a version needs no items for users whose affiliation it may not see.
  const visible = changed ? items : items.filter(({ affiliation }) => affiliation !== "none");
  const itemTags = visible.map((item) => tag("item", item));
  sendInParts(room, full, itemTags, { since: changed ? since : undefined, count: log.count });
}

/** Sends items in as many messages as needed. Each begins with the version that ends the one before (section 5.2.1). */
function sendInParts(
  room: Room,
  to: string,
  items: readonly string[],
  { since, count }: { since: string | undefined; count: number },
): void {
  const parts = [...inParts(items, Buffer.byteLength, { bytes: listBytes(room.environment) })];
  if (parts.length === 0) parts.push([]);
  let previous = since;
  for (const [place, part] of parts.entries()) {
    const isLast = place === parts.length - 1;
    const until = isLast ? versionName(room, count) : partVersionName(room, count, place);
    const x = tag("x", { xmlns: NS.mucUser }, mav({ since: previous, until }) + part.join(""));
    room.effects.send(tag("message", { from: room.address, to, id: room.environment.newId() }, x));
    previous = until;
  }
}

/** Returns the bare JIDs that changed after a version; undefined where that version is unknown or too old. */
function changedSince(room: Room, { count, jids }: Log, since: string): string[] | undefined {
  for (let steps = 1; steps <= jids.length; steps += 1) {
    if (versionName(room, count - steps) === since) return [...new Set(jids.slice(-steps))];
  }
  return undefined;
}

/** Returns a user's affiliation, or "none" where the reader may not read that affiliation's list. */
function shownAffiliation(room: Room, reader: string, jid: string): string {
  const affiliation = room.affiliations.get(jid)?.affiliation ?? "none";
  return affiliation !== "none" && mayReadAffiliationList(room, reader, affiliation) ? affiliation : "none";
}
