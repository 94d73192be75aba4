// Removes everything that an account has said: all of it, or since a time. Messages that clients are likely to show are
// retracted one by one (XEP-0425). The archive gets tombstones for the others, a page at a time, so that no commit is long.
import { z } from "zod";
import { bodyTag, tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { isTombstone, recentMessagesOf, retract } from "../archive/archive.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { whenReady } from "../model/records.ts";
import { languageOfUser } from "../room/client-language.ts";
import { account, jsonNote, removeEntries } from "../room/json-note.ts";
import { occupantId } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { announceRetraction, type Moderation, moderatedTombstone } from "./moderated-retraction.ts";

/** Maximum number of retractions that are announced; older messages get a tombstone without an announcement. */
export const MOST_ANNOUNCED = 100;
/** Messages of one commit. */
export const PURGE_PAGE = 100;
/** Time in milliseconds after which a removal goes on that the store has refused. */
const PAUSE = 300_000;
/** Maximum number of removals under way in a room. */
const MAX_PURGES = 20;

/** A removal under way: the part of the archive that is left, and who ordered it. Times in milliseconds since 1970. */
interface Purge {
  /** Bare JID of the author. */
  readonly jid: string;
  readonly since: number;
  readonly until: number;
  /** Bare JID of the moderator. */
  readonly by: string;
  /** The tombstone, as markup. */
  readonly payload: string;
}

const schema = z.array(
  z.strictObject({ jid: account, since: z.number(), until: z.number(), by: account, payload: z.string() }),
);

export const purgesNote = jsonNote<readonly Purge[]>("purges", schema, []);

/** Accounts whose removal waits for the store, and the time from which it may go on, as `RoomEnvironment.elapsed`. */
const running = new RoomSlot("purges-under-way", () => new Map<string, number>());

interface PurgeRequest extends Pick<Moderation, "moderator" | "reason"> {
  /** Bare JID of the author. */
  readonly jid: string;
  /** Milliseconds since 1970; 0 for everything. */
  readonly since: number;
  /** Bare JID of the moderator. */
  readonly by: string;
}

/** Removes what an account has said. The caller has checked the permissions. Returns the number of announced retractions. */
export function purge(room: Room, { jid, since, by, moderator, reason }: PurgeRequest): number {
  const moderation = { moderator, reason, isOneOfMany: true };
  const now = room.environment.now();
  const recent = recentMessagesOf(room)
    .by(occupantId(room, jid))
    .filter((message) => !message.retracted && message.at >= since);
  const announced = recent.slice(-MOST_ANNOUNCED);
  const payload = moderatedTombstone(room, moderation, { at: now });
  for (const { stanzaId } of recent.slice(0, -MOST_ANNOUNCED)) retract(room, stanzaId, () => payload);
  // A retraction hides the other versions of its message too.
  for (const message of announced)
    if (!message.retracted) announceRetraction(room, moderation, message.stanzaId);
  const others = purgesNote.read(room).filter((other) => other.jid !== jid);
  purgesNote.write(room, latestFitting([...others, { jid, since, until: now, by, payload }], MAX_PURGES));
  running.of(room).delete(jid);
  continuePurges(room);
  return announced.length;
}

/** Goes on with the removals that a restart or a fault of the store has interrupted. */
export function continuePurges(room: Room): void {
  const all = purgesNote.read(room);
  if (all.length === 0) return;
  const waiting = running.of(room);
  for (const each of all) {
    if ((waiting.get(each.jid) ?? 0) > room.environment.elapsed()) continue;
    waiting.set(each.jid, Number.POSITIVE_INFINITY);
    removePage(room, each);
  }
}

/** Reads a page of the author's messages, puts tombstones in their places, and goes on with the next page. */
function removePage(room: Room, { jid, since: start, until: end, by, payload }: Purge, after?: string): void {
  const afterIds = after === undefined ? [] : [after];
  const query = { jid, start, end, afterIds, beforeIds: [], max: PURGE_PAGE, fromEnd: false };
  room.effects.query({
    account: by,
    size: 0,
    read: (records) =>
      whenReady(records.readArchive(room.node, query), (page) => {
        if (room.closed) return room.takeEffects();
        const { messages = [], complete = after === undefined } = page ?? {};
        for (const { stanzaId } of messages.filter(isSaid))
          room.change({ kind: "message-retracted", stanzaId, payload });
        const last = messages.at(-1);
        if (complete) finish(room, jid);
        else removePage(room, { jid, since: last?.at ?? start, until: end, by, payload }, last?.stanzaId);
        return room.takeEffects();
      }),
    refuse: () => {
      running.of(room).set(jid, room.environment.elapsed() + PAUSE);
      const body = bodyTag(GOES_ON_LATER, languageOfUser(room, by));
      return tag("message", { from: room.address, to: by }, body);
    },
  });
}

const GOES_ON_LATER = say`Some messages could not be removed from the archive yet. The room tries again in a few minutes.`;

function finish(room: Room, jid: string): void {
  running.of(room).delete(jid);
  removeEntries(purgesNote, room, (other) => other.jid === jid);
}

/** Returns true for a message that says something: not for a tombstone, a subject or the author's own retraction. */
const isSaid = (message: ArchivedMessage): boolean =>
  message.kind !== "subject" &&
  !isTombstone(message) &&
  (message.text !== undefined || !/<(retract|apply-to) /.test(message.payload));
