// Who has named the group of rooms with which a room shares its bans (docs/moderation.md).
import { banGroupNote, OPERATOR } from "../model/ban-group.ts";
import type { RoomConfig } from "../model/room-config.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";

/** Notes who names the group, if a configuration that is about to be applied changes it. `by`: bare JID. */
export function noteBanGroup(room: Room, { banGroup }: RoomConfig, by: string): void {
  if (banGroup === room.config.banGroup) return;
  const owner = by === room.environment.domain ? OPERATOR : by;
  room.note(banGroupNote.name, banGroup === "" ? undefined : owner);
}

/** Takes the room out of its group if an account has named it that is no owner any more. */
export function leaveBanGroup(room: Room, bareJid: string): void {
  if (room.notes.get(banGroupNote.name) !== bareJid || room.environment.isServiceAdmin(bareJid)) return;
  room.note(banGroupNote.name, undefined);
  room.change({ kind: "config-changed", config: { ...room.config, banGroup: "" }, locked: room.locked });
  recordAct(room, { kind: "room-configured", by: undefined, rule: "ban-group", detail: "banGroup" });
}
