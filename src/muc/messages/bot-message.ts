// Bots of a room: made and removed by the operator; their messages (XEP-0045 section 7.4).
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { RateLimiter } from "../model/rate-limiter.ts";
import { MAX_BYTES, MAX_COUNT } from "../model/size-limits.ts";
import { addBot, type Bot, botsNote, botWith, removeBot } from "../room/bots.ts";
import { reservedFor } from "../room/nicknames.ts";
import { occupantId } from "../room/occupant-id.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { botNickname, refuseText, sendAs } from "./service-message.ts";

/** Messages of one bot within a minute. */
export const BOT_MESSAGES_PER_MINUTE = 60;

const rates = new RoomSlot("bot-messages", () => new RateLimiter(60_000, MAX_COUNT.bots));

/** Makes a bot. Refuses a nickname that somebody has, or that looks like one. Returns its nickname and its secret. */
export function createBot(
  room: Room,
  {
    nickname,
    title,
    by,
  }: { readonly nickname: string; readonly title: string | undefined; readonly by: string },
): Result<{ readonly nick: string; readonly secret: string }> {
  const { domain } = room.environment;
  if (title !== undefined && escapedBytes(title) > MAX_BYTES.hatTitle)
    return refuse(errors.notAcceptable(say`A title may have at most ${MAX_BYTES.hatTitle} bytes`));
  if (botsNote.read(room).length >= MAX_COUNT.bots)
    return refuse(errors.resourceConstraint(say`A room may have at most ${MAX_COUNT.bots} bots`));
  const nick = botNickname(room, nickname, domain);
  if (nick.kind === "refused") return nick;
  const secret = addBot(room, { nick: nick.value, ...(title !== undefined && { title }) });
  recordAct(room, { kind: "bot-added", by, detail: nick.value });
  return ok({ nick: nick.value, secret });
}

/** Removes a bot: its secret is of no use any more, and its nickname is free. */
export function dismissBot(room: Room, nick: string, by: string): Result<undefined> {
  if (!removeBot(room, nick)) return refuse(errors.itemNotFound(say`This room has no such bot`));
  recordAct(room, { kind: "bot-removed", by, detail: nick });
  return ok(undefined);
}

/**
 * Sends a message of the bot with a secret. Refuses with `forbidden` if there is none, and with `resource-constraint` if it sends
 * too much. Returns the stanza-id.
 */
export function sendBotMessage(room: Room, secret: string, text: string): Result<string> {
  const bot = botWith(room, secret);
  if (!bot) return refuse(errors.forbidden(say`This room has no bot with this token`));
  const refusal = refuseText(room, text) ?? refuseUser(room, bot);
  if (refusal) return refuse(refusal);
  if (!rates.of(room).take(bot.nick, BOT_MESSAGES_PER_MINUTE, room.environment.elapsed()))
    return refuse(
      errors.resourceConstraint(say`A bot may send ${BOT_MESSAGES_PER_MINUTE} messages a minute`),
    );
  const author = occupantId(room, `${room.environment.domain}/${bot.nick}`);
  return ok(sendAs(room, { nick: bot.nick, author, payload: textTag("body", text) + hatOf(bot), text }));
}

/** A user may have the nickname by an import, or by a reservation of an admin. */
const refuseUser = (room: Room, { nick }: Bot): StanzaError | undefined =>
  room.occupants.has(nick) || reservedFor(room, nick) !== undefined
    ? errors.conflict(say`A user has the nickname of this bot`)
    : undefined;

/** Writes the hat of a bot, which has no presence to wear it. */
const hatOf = ({ title }: Bot): string =>
  title === undefined ? "" : tag("hats", { xmlns: NS.hats }, tag("hat", { uri: "urn:verona:bot", title }));
