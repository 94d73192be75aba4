// Hats (XEP-0317): titles that owners define and assign to users (bare JIDs). They are a note of the room.
import { createHash } from "node:crypto";
import { z } from "zod";
import { accountOf } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { tag } from "../../xmpp/tag.ts";
import { MAX_COUNT } from "../model/size-limits.ts";
import { jsonNote } from "../room/json-note.ts";
import type { Room } from "../room/room.ts";

/** A hat. `hue` is an angle in degrees, as the owner wrote it. */
export interface Hat {
  readonly uri: string;
  readonly title: string;
  readonly hue?: string | undefined;
}

interface Hats {
  readonly hats: readonly Hat[];
  /** URIs of the hats of each user, in the order of assignment. */
  readonly worn: Readonly<Record<string, readonly string[]>>;
}

/** Normalizes the keys, and merges the hats of keys that become equal. */
function byAccount(worn: Hats["worn"]): Hats["worn"] {
  const accounts = new Map<string, readonly string[]>();
  for (const [jid, uris] of Object.entries(worn)) {
    const account = accountOf(jid);
    accounts.set(account, [...new Set([...(accounts.get(account) ?? []), ...uris])]);
  }
  return Object.fromEntries(accounts);
}

const schema = z.strictObject({
  hats: z.array(z.strictObject({ uri: z.string(), title: z.string(), hue: z.string().optional() })),
  worn: z.record(z.string(), z.array(z.string())).transform(byAccount),
});

export const hatsNote = jsonNote<Hats>("hats", schema, { hats: [], worn: {} });

function store(room: Room, { hats, worn }: Hats): void {
  hatsNote.write(room, hats.length === 0 ? undefined : { hats, worn });
}

/** Returns the hats that are defined in a room. */
export const hatsOf = (room: Room): readonly Hat[] => hatsNote.read(room).hats;

/** Returns all assignments of hats to bare JIDs. */
export function assignedHats(room: Room): { jid: string; hat: Hat }[] {
  const { hats, worn } = hatsNote.read(room);
  return Object.entries(worn).flatMap(([jid, uris]) =>
    uris.flatMap((uri) => hats.filter((hat) => hat.uri === uri).map((hat) => ({ jid, hat }))),
  );
}

/** Adds a hat, or replaces the one with the same URI. */
export function putHat(room: Room, hat: Hat): void {
  const { hats, worn } = hatsNote.read(room);
  const isKnown = hats.some(({ uri }) => uri === hat.uri);
  store(room, {
    hats: isKnown ? hats.map((old) => (old.uri === hat.uri ? hat : old)) : [...hats, hat],
    worn,
  });
}

/** Removes a hat and all its assignments. */
export function removeHat(room: Room, uri: string): void {
  const { hats, worn } = hatsNote.read(room);
  const rest = Object.entries(worn).map(
    ([jid, uris]) => [jid, uris.filter((other) => other !== uri)] as const,
  );
  store(room, {
    hats: hats.filter((hat) => hat.uri !== uri),
    worn: Object.fromEntries(rest.filter(([, uris]) => uris.length > 0)),
  });
}

/** Assigns an existing hat to a user, or unassigns it (`on` false). Returns false if nothing changes. */
export function assignHat(room: Room, jid: string, uri: string, on: boolean): boolean {
  const { hats, worn } = hatsNote.read(room);
  const own = hatUrisOf(room, jid);
  if (own.includes(uri) === on) return false;
  const { [jid]: _, ...others } = worn;
  const next = on ? [...own, uri] : own.filter((other) => other !== uri);
  store(room, { hats, worn: next.length === 0 ? others : { ...others, [jid]: next } });
  return true;
}

/** Maximum characters of the note. Each change writes the whole note. */
const MAX_CHARACTERS = 131_072;

/** Returns true if a user cannot get one more hat: too many users wear one, or the note is too long. */
export function isHatLimitReached(room: Room, bareJid: string): boolean {
  const { worn } = hatsNote.read(room);
  const isNew = !Object.hasOwn(worn, bareJid);
  if (isNew && Object.keys(worn).length >= MAX_COUNT.wearers) return true;
  return (room.notes.get(hatsNote.name)?.length ?? 0) >= MAX_CHARACTERS;
}

/** Returns the URIs of a user's hats. */
export function hatUrisOf(room: Room, bareJid: string): readonly string[] {
  const { worn } = hatsNote.read(room);
  return Object.hasOwn(worn, bareJid) ? (worn[bareJid] ?? []) : [];
}

/**
 * Writes the hats element for a user's presence; empty without hats. Cut, as earlier versions had no limit per user.
 */
export function hatsTag(room: Room, bareJid: string): string {
  const own = hatUrisOf(room, bareJid);
  if (own.length === 0) return "";
  const hats = hatsOf(room);
  const shown = own.slice(0, MAX_COUNT.hatsOfOneUser).flatMap((uri) => hats.filter((hat) => hat.uri === uri));
  const tags = shown.map(({ title, uri, hue }) => tag("hat", { title, uri, hue }));
  return tag("hats", { xmlns: NS.hats }, tags.join(""));
}

/** Returns the hash of the list of hats (hats#hash in the room information); undefined if the room has no hats. */
export function hatsHash(room: Room): string | undefined {
  const hats = hatsOf(room);
  return hats.length === 0 ? undefined : createHash("sha1").update(JSON.stringify(hats)).digest("hex");
}
