// The ad-hoc commands of a room (XEP-0050).
import type { Element } from "../../xmpp/element.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import type { Room } from "../room/room.ts";
import { ACT_COMMANDS } from "./act-command.ts";
import { BAN_COMMANDS } from "./ban-commands.ts";
import { botCommands } from "./bot-commands.ts";
import {
  type Command,
  type CommandFields,
  type CommandOutcome,
  commandInfo,
  commandItems,
  handleCommand,
} from "./commands.ts";
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

const commandsOf = (room: Room): readonly Command<RoomRequest>[] => [...ROOM_COMMANDS, ...botCommands(room)];

/** Answers a command to the room. */
export function handleRoomCommand(room: Room, stanza: Stanza, command: Element): IqOutcome {
  const request = { room, from: stanza.from.bare };
  return handleCommand(commandsOf(room), request, stanza, command, room.environment.newId);
}

/** Runs a command with the values of its form, without the form. Refuses as the command does. */
export function runRoomCommand(
  room: Room,
  stanza: Stanza,
  node: string,
  fields: CommandFields,
): CommandOutcome {
  const command = ROOM_COMMANDS.find((known) => known.node === node);
  if (!command) return refuse(errors.itemNotFound(say`There is no such command`));
  const request = { room, from: stanza.from.bare };
  const refusal = command.refuse(request);
  if (refusal) return refuse(refusal);
  return command.run(request, fields, { stanza, finish: () => result() });
}

/** Writes the commands that a user may run as disco items. */
export const roomCommandItems = (room: Room, stanza: Stanza): string =>
  commandItems(commandsOf(room), { room, from: stanza.from.bare }, room.address, stanza.language);

/** Writes the disco#info of a node of commands; undefined for other nodes. */
export const roomCommandInfo = (room: Room, node: string, language: string | undefined): string | undefined =>
  commandInfo(commandsOf(room), node, language);
