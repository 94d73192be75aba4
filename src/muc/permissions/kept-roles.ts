// Voice that outlasts a visit (XEP-0045 section 5.1). A user who was given voice need not ask again, and a user who lost
// it does not get it back by entering again. Moderator status comes with the affiliation and is not kept.
import { z } from "zod";
import { type Affiliation, defaultRole, type Role } from "../model/affiliation.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { account, jsonNote } from "../room/json-note.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { roleBehindGate } from "./gate.ts";
import { roleInLockdown } from "./lockdown-rules.ts";
import { roleUnderMute } from "./mutes.ts";

/** Maximum number of users whose roles are kept; the latest stay. */
export const KEPT_ROLES = 200;

type KeptRole = "participant" | "visitor";

const schema = z.array(z.tuple([account, z.enum(["participant", "visitor"])]));

/** Roles by bare JID, the latest last. */
export const keptRolesNote = jsonNote<readonly (readonly [jid: string, role: KeptRole])[]>(
  "roles",
  schema,
  [],
);

/** Keeps the role that a moderator gave an occupant, if it differs from the default role of the affiliation. */
export function keepRole(room: Room, { bareJid, role, affiliation }: Occupant): void {
  const roles = keptRolesNote.read(room);
  const others = roles.filter(([jid]) => jid !== bareJid);
  const kept = role === "visitor" ? "visitor" : "participant";
  const own = defaultRole(affiliation, room.config);
  if (own !== "moderator" && own !== kept)
    keptRolesNote.write(room, latestFitting([...others, [bareJid, kept] as const], KEPT_ROLES));
  else if (others.length < roles.length) keptRolesNote.write(room, others);
}

/** Returns the role with which a user enters: visitor for a muted one, behind a gate, and in a lock-down. */
export function entryRole(room: Room, bareJid: string, affiliation: Affiliation): Role {
  const own = defaultRole(affiliation, room.config);
  if (own === "moderator") return own;
  const kept = keptRolesNote.read(room).find(([jid]) => jid === bareJid)?.[1] ?? own;
  const asked = roleBehindGate(room, bareJid, affiliation, kept);
  const role = roleInLockdown(room, bareJid, affiliation, asked);
  return roleUnderMute(room, bareJid, affiliation, role);
}

/** Forgets a user's role: a new affiliation brings its own (section 5.1.3). */
export function forgetRole(room: Room, bareJid: string): void {
  const roles = keptRolesNote.read(room);
  const others = roles.filter(([jid]) => jid !== bareJid);
  if (others.length < roles.length) keptRolesNote.write(room, others);
}

/** Forgets the roles of all users: voice means something else in the room now. */
export const forgetRoles = (room: Room): void => keptRolesNote.write(room, undefined);
