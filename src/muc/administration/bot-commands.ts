// Commands that bots carry out, in the list of the room's commands. Running one is an event that the bot's webhook gets.
import { escapedBytes } from "../../xmpp/escape.ts";
import { refuse } from "../../xmpp/result.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say, type Text, verbatim } from "../../xmpp/text.ts";
import { compareAffiliations } from "../model/affiliation.ts";
import { factOccupant } from "../model/room-fact.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import { isModerator } from "../permissions/privileges.ts";
import { isHeard } from "../permissions/visibility.ts";
import { type Bot, type BotCommand, botsNote } from "../room/bots.ts";
import type { Room } from "../room/room.ts";
import { tell } from "../room/tell.ts";
import { type Command, commandForbidden, completed, fieldValue } from "./commands.ts";
import type { RoomRequest } from "./room-request.ts";

const FORM = "verona#bot";

/** Returns the commands of the bots of a room. */
export const botCommands = (room: Room): Command<RoomRequest>[] =>
  botsNote.read(room).flatMap((bot) => (bot.commands ?? []).map((command) => commandOf(bot, command)));

function commandOf({ nick }: Bot, { name, title, asks, for: audience }: BotCommand): Command<RoomRequest> {
  return {
    node: `verona#bot/${nick}/${name}`,
    name: verbatim(`${nick}: ${title}`),
    refuse: (request) => refuseTo(audience, request),
    ...(asks !== undefined && {
      form: {
        type: FORM,
        title: verbatim(title),
        fields: () => [{ var: "text", type: "text-single", label: verbatim(asks) }],
      },
    }),
    run({ room, from }, fields) {
      const text = asks === undefined ? undefined : fieldValue(fields, "text");
      if (text !== undefined && escapedBytes(text) > MAX_BYTES.reason)
        return refuse(errors.notAcceptable(say`The text may have at most ${MAX_BYTES.reason} bytes`));
      const [occupant] = room.occupantsOf(from);
      // A silenced user is not told that nobody hears.
      if (occupant && isHeard(room, from))
        tell(room, { kind: "commanded", occupant: factOccupant(occupant), bot: nick, command: name, text });
      return completed({ note: say`${nick} is told` });
    },
  };
}

const AUDIENCES: Readonly<Record<BotCommand["for"], Text>> = {
  everybody: say`Only occupants may do this`,
  members: say`Only members inside the room may do this`,
  moderators: say`Only moderators inside the room may do this`,
};

function refuseTo(audience: BotCommand["for"], { room, from }: RoomRequest): StanzaError | undefined {
  const isInside = room.occupantsOf(from).length > 0;
  const isMember = compareAffiliations(room.affiliationOf(from), "member") >= 0;
  const isMeant = { everybody: true, members: isMember, moderators: isModerator(room, from) }[audience];
  return isInside && isMeant ? undefined : commandForbidden(AUDIENCES[audience]);
}
