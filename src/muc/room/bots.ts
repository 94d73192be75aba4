// Bots of a room: programs that send messages by a token of their own, from a nickname that nobody else has. They are a note of
// the room.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { nicknameKey } from "../../xmpp/jid.ts";
import { lookAlike } from "../../xmpp/skeleton.ts";
import { jsonNote, removeEntries } from "./json-note.ts";
import type { Room } from "./room.ts";

/** Who may run a command of a bot, of those inside. */
export const BOT_AUDIENCES = ["everybody", "members", "moderators"] as const;

/** A command that a bot carries out, as occupants see it in the room's list of commands. */
export interface BotCommand {
  readonly name: string;
  readonly title: string;
  readonly for: (typeof BOT_AUDIENCES)[number];
  /** Label of the text that the command asks for; it asks for none without it. */
  readonly asks?: string | undefined;
}

export interface Bot {
  readonly nick: string;
  /** SHA-256 of its secret, in hexadecimal digits. */
  readonly hash: string;
  /** The title of its hat (XEP-0317). */
  readonly title?: string | undefined;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly commands?: readonly BotCommand[] | undefined;
}

const schema = z.array(
  z.strictObject({
    nick: z.string(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    title: z.string().optional(),
    created: z.number(),
    commands: z
      .array(
        z.strictObject({
          name: z.string(),
          title: z.string(),
          for: z.enum(BOT_AUDIENCES),
          asks: z.string().optional(),
        }),
      )
      .optional(),
  }),
);

export const botsNote = jsonNote<readonly Bot[]>("bots", schema, []);

const isSame = (a: string, b: string): boolean => nicknameKey(a) === nicknameKey(b);

/** Returns the bot that has a nickname, or one that looks like it. */
export const botLike = (room: Room, nick: string): Bot | undefined =>
  botsNote.read(room).find((bot) => isSame(bot.nick, nick) || lookAlike(bot.nick, nick));

/** Returns the bot with a secret. */
export function botWith(room: Room, secret: string): Bot | undefined {
  const hash = Buffer.from(hashOf(secret), "hex");
  return botsNote.read(room).find((bot) => timingSafeEqual(Buffer.from(bot.hash, "hex"), hash));
}

/** Adds a bot. Returns its secret, of which the room keeps the hash. */
export function addBot(room: Room, bot: Pick<Bot, "nick" | "title">): string {
  const secret = randomBytes(32).toString("base64url");
  const added = { ...bot, hash: hashOf(secret), created: room.environment.now() };
  botsNote.write(room, [...botsNote.read(room), added]);
  return secret;
}

/** Removes the bot of a nickname. Returns false if there is none. */
export const removeBot = (room: Room, nick: string): boolean =>
  removeEntries(botsNote, room, (bot) => isSame(bot.nick, nick)).length > 0;

/** Sets the commands of the bot of a nickname. Returns false if there is none. */
export function setBotCommands(room: Room, nick: string, commands: readonly BotCommand[]): boolean {
  const bots = botsNote.read(room);
  if (!bots.some((bot) => isSame(bot.nick, nick))) return false;
  botsNote.write(
    room,
    bots.map((bot) => (isSame(bot.nick, nick) ? { ...bot, commands } : bot)),
  );
  return true;
}

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
