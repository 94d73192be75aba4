// Versions of the lists of affiliations (XEP-0463): a client that kept them asks for what has changed since.
import { z } from "zod";
import { child } from "../../xmpp/element.ts";
import type { Jid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { inParts } from "../../xmpp/parts.ts";
import { errorMessage, type Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { listBytes } from "../model/lengths.ts";
import { mayReadAffiliationList } from "../permissions/privileges.ts";
import { audienceOf, refreshClient, wantsVersions } from "../permissions/room-audience.ts";
import { account, jsonNote } from "../room/json-note.ts";
import type { Occupant } from "../room/occupant.ts";
import { keyedHash } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";

/** How many changes back a client may come from; before that it gets the whole lists. */
const CHANGES_KEPT = 100;

/** How many changes there were, and whom the last ones were about, oldest first. */
interface Log {
  readonly count: number;
  readonly jids: readonly string[];
}

const schema = z.strictObject({ count: z.int().min(0), jids: z.array(account) });

/** Where it is damaged the count goes on from one that there never was: clients must not take a version for another. */
export const affiliationVersionsNote = jsonNote<Log>(
  "affiliation-versions",
  schema,
  { count: 0, jids: [] },
  (now) => JSON.stringify({ count: now, jids: [] }),
);

/** Opaque and not to be guessed, so that only those have a version who were sent it. */
const nameOf = (room: Room, count: number): string =>
  keyedHash(room, `affiliations after ${count} changes`).slice(0, 20);

/** Of a part of an answer: who comes back with it has not got the rest, and gets everything. */
const nameOfPart = (room: Room, count: number, place: number): string =>
  keyedHash(room, `affiliations after ${count} changes, part ${place}`).slice(0, 20);

/**
 * Notes that a user's affiliation has changed; the element that tells of it to those who may read the lists, undefined
 * where nobody has asked for it.
 */
export function advanceVersion(room: Room, jid: string): string | undefined {
  const { count, jids } = affiliationVersionsNote.read(room);
  affiliationVersionsNote.keep(room, { count: count + 1, jids: latestFitting([...jids, jid], CHANGES_KEPT) });
  if (!audienceOf(room).wantsVersions) return undefined;
  return mav({ since: nameOf(room, count), until: nameOf(room, count + 1) });
}

const mav = (attributes: { since?: string | undefined; until: string }): string =>
  tag("mav", { xmlns: NS.affiliationVersions, ...attributes });

/** What an occupant's own presence says of the version at its entry; nothing to who did not ask, or may not. */
export function currentVersion(room: Room, { full }: Jid): string {
  if (!wantsVersions(room, full)) return "";
  return mav({ until: nameOf(room, affiliationVersionsNote.read(room).count) });
}

/**
 * Answers the request in a join (section 5.1): with the changes since the version that the client knows, with the
 * whole lists where it knows none or one too old, or with a refusal. To be sent before any presence.
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
    const refusal = errors.forbidden("You may not read the lists of affiliations");
    room.effects.send(errorMessage(room.address, full, stanza.id, refusal));
    return;
  }
  const log = affiliationVersionsNote.read(room);
  const { since } = request.attrs;
  const until = nameOf(room, log.count);
  if (since === until) return;
  const changed = since === undefined ? undefined : changedSince(room, log, since);
  const jids = changed ?? [...room.affiliations.keys()];
  const items = jids.map((jid) => ({ jid, affiliation: shownAffiliation(room, bare, jid) }));
  // Whoever has nothing yet need not know whom it may not see.
  const told = changed ? items : items.filter(({ affiliation }) => affiliation !== "none");
  const written = told.map((item) => tag("item", item));
  sendInParts(room, full, written, { since: changed ? since : undefined, count: log.count });
}

/** In as many messages as it takes, each beginning with the version with which the one before ends (section 5.2.1). */
function sendInParts(
  room: Room,
  to: string,
  items: readonly string[],
  { since, count }: { since: string | undefined; count: number },
): void {
  const parts = [...inParts(items, Buffer.byteLength, { bytes: listBytes(room.environment) })];
  if (parts.length === 0) parts.push([]);
  let known = since;
  for (const [place, part] of parts.entries()) {
    const isLast = place === parts.length - 1;
    const until = isLast ? nameOf(room, count) : nameOfPart(room, count, place);
    const x = tag("x", { xmlns: NS.mucUser }, mav({ since: known, until }) + part.join(""));
    room.effects.send(tag("message", { from: room.address, to, id: room.environment.newId() }, x));
    known = until;
  }
}

/** Whom the changes after a version were about; undefined where that version is not known (any more). */
function changedSince(room: Room, { count, jids }: Log, since: string): string[] | undefined {
  for (let steps = 1; steps <= jids.length; steps += 1) {
    if (nameOf(room, count - steps) === since) return [...new Set(jids.slice(-steps))];
  }
  return undefined;
}

/** An affiliation as far as the reader may read the list that it stands in. */
function shownAffiliation(room: Room, reader: string, jid: string): string {
  const affiliation = room.affiliations.get(jid)?.affiliation ?? "none";
  return affiliation !== "none" && mayReadAffiliationList(room, reader, affiliation) ? affiliation : "none";
}
