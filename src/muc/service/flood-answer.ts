// What follows for an occupant who goes on acting beyond the limits (room option "floodAction").
import type { Stanza } from "../../xmpp/stanza.ts";
import { noteRefusal } from "../administration/raids.ts";
import { muteAccount } from "../affiliations/mute.ts";
import { reachesOthers } from "../model/action-rates.ts";
import { TokenBuckets } from "../model/token-bucket.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { muteOf } from "../permissions/mutes.ts";
import { isStranger } from "../permissions/standing.ts";
import { sendOwnPresence } from "../presence/presence.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import type { Excess } from "./flood-control.ts";

/** Refusals of one user within a minute that have no consequence. A client that repeats by itself stays below. */
const PATIENCE = { perMinute: 10, burst: 10 };
/** Maximum number of users whose refusals are counted in one room. */
const MOST_USERS = 1_000;
/** Length of a mute for flooding, in milliseconds. */
const MUTE_MS = 600_000;

const refusedActions = new RoomSlot("refused-actions", () => new TokenBuckets(MOST_USERS));

/** Answers a refused action, a sign of a raid: mutes or removes a stranger who has been refused too often. */
export function answerFlood(room: Room, stanza: Stanza, { kind, isOwn }: Excess): void {
  const { full, bare } = stanza.from;
  if (reachesOthers(kind)) noteRefusal(room, bare);
  const occupant = room.sessions.get(full);
  if (!occupant) return;
  // Some clients, such as Converse.js, take an error of type presence for the end of their visit.
  if (stanza.kind === "presence") sendOwnPresence(room, occupant, full, {});
  if (!isOwn || !reachesOthers(kind) || !isStranger(room, bare)) return;
  const refused = refusedActions.of(room);
  const now = room.environment.elapsed();
  if (refused.wait(bare, PATIENCE, now) === 0) {
    refused.take(bare, PATIENCE, now);
    return;
  }
  refused.drop(bare);
  punish(room, bare);
}

const WHY = "Too many messages or changes within a short time";

function punish(room: Room, account: string): void {
  const act = { by: undefined, rule: "flood", target: account };
  const until = room.environment.now() + MUTE_MS;
  switch (room.config.floodAction) {
    case "none":
      return;
    case "mute":
      if (muteOf(room, account)) return;
      recordAct(room, { ...act, kind: "muted", detail: new Date(until).toISOString() });
      muteAccount(room, { jid: account, until, reason: WHY });
      return;
    case "kick":
      recordAct(room, { ...act, kind: "kicked" });
      for (const occupant of room.occupantsOf(account))
        removeOccupant(room, occupant, { statuses: [307], reason: WHY });
  }
}
