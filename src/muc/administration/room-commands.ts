// The ad-hoc commands of a room (XEP-0050).
import type { Element } from "../../xmpp/element.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import type { IqOutcome } from "../model/outcome.ts";
import type { Room } from "../room/room.ts";
import { ACT_COMMANDS } from "./act-command.ts";
import { BAN_COMMANDS } from "./ban-commands.ts";
import { type Command, commandInfo, commandItems, handleCommand } from "./commands.ts";
import { GATE_COMMANDS } from "./gate-command.ts";
import { HAT_COMMANDS } from "./hat-commands.ts";
import { HELD_COMMANDS } from "./held-commands.ts";
import { LOCKDOWN_COMMANDS } from "./lockdown-commands.ts";
import { MEMBERS_ONLY_COMMANDS } from "./members-only-command.ts";
import { MUTE_COMMANDS } from "./mute-commands.ts";
import { REPORT_COMMANDS } from "./report-commands.ts";
import type { RoomRequest } from "./room-request.ts";
import { SILENCE_COMMANDS } from "./silence-commands.ts";

/** In the order in which clients list them: first what moderators need at once. */
const ROOM_COMMANDS: readonly Command<RoomRequest>[] = [
  ...REPORT_COMMANDS,
  ...HELD_COMMANDS,
  ...MUTE_COMMANDS,
  ...BAN_COMMANDS,
  ...SILENCE_COMMANDS,
  ...LOCKDOWN_COMMANDS,
  ...MEMBERS_ONLY_COMMANDS,
  ...GATE_COMMANDS,
  ...ACT_COMMANDS,
  ...HAT_COMMANDS,
];

/** Answers a command to the room. */
export function handleRoomCommand(room: Room, stanza: Stanza, command: Element): IqOutcome {
  const request = { room, from: stanza.from.bare };
  return handleCommand(ROOM_COMMANDS, request, stanza, command, room.environment.newId);
}

/** Writes the commands that a user may run as disco items. */
export const roomCommandItems = (room: Room, from: string): string =>
  commandItems(ROOM_COMMANDS, { room, from }, room.address);

/** Writes the disco#info of a node of commands; undefined for other nodes. */
export const roomCommandInfo = (node: string): string | undefined => commandInfo(ROOM_COMMANDS, node);
