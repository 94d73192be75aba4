// Hats (XEP-0317): titles of an owner's making that occupants wear. Kept with the room, by bare JID.
import { createHash } from "node:crypto";
import { z } from "zod";
import { accountOf } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { tag } from "../../xmpp/tag.ts";
import { MOST } from "../model/lengths.ts";
import { jsonNote } from "../room/json-note.ts";
import type { Room } from "../room/room.ts";

/** `hue` is an angle in degrees, as it was given. */
export interface Hat {
  readonly uri: string;
  readonly title: string;
  readonly hue?: string | undefined;
}

interface Hats {
  readonly hats: readonly Hat[];
  /** The URIs of the hats of each user, in the order in which they were given. */
  readonly worn: Readonly<Record<string, readonly string[]>>;
}

/** What was kept by another form of an address is that account's too. */
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

function keep(room: Room, { hats, worn }: Hats): void {
  hatsNote.keep(room, hats.length === 0 ? undefined : { hats, worn });
}

/** The hats that there are in a room. */
export const hatsOf = (room: Room): readonly Hat[] => hatsNote.read(room).hats;

/** Who has which hat, by bare JID. */
export function assignedHats(room: Room): { jid: string; hat: Hat }[] {
  const { hats, worn } = hatsNote.read(room);
  return Object.entries(worn).flatMap(([jid, uris]) =>
    uris.flatMap((uri) => hats.filter((hat) => hat.uri === uri).map((hat) => ({ jid, hat }))),
  );
}

/** Adds a hat, or replaces the one of the same URI. */
export function putHat(room: Room, hat: Hat): void {
  const { hats, worn } = hatsNote.read(room);
  const isKnown = hats.some(({ uri }) => uri === hat.uri);
  keep(room, { hats: isKnown ? hats.map((old) => (old.uri === hat.uri ? hat : old)) : [...hats, hat], worn });
}

/** Takes a hat out of the room and off all heads. */
export function removeHat(room: Room, uri: string): void {
  const { hats, worn } = hatsNote.read(room);
  const rest = Object.entries(worn).map(
    ([jid, uris]) => [jid, uris.filter((other) => other !== uri)] as const,
  );
  keep(room, {
    hats: hats.filter((hat) => hat.uri !== uri),
    worn: Object.fromEntries(rest.filter(([, uris]) => uris.length > 0)),
  });
}

/** Gives a user a hat that there is, or takes it off; false where nothing changes by it. */
export function assignHat(room: Room, jid: string, uri: string, on: boolean): boolean {
  const { hats, worn } = hatsNote.read(room);
  const own = hatUrisOf(room, jid);
  if (own.includes(uri) === on) return false;
  const { [jid]: _, ...others } = worn;
  const next = on ? [...own, uri] : own.filter((other) => other !== uri);
  keep(room, { hats, worn: next.length === 0 ? others : { ...others, [jid]: next } });
  return true;
}

/** The most characters of the note: it is written anew with each change. */
const MOST_CHARACTERS = 131_072;

/** Whether nobody can be given one more hat: so many users have one, or so much is kept of them. */
export function isHatLimitReached(room: Room, bareJid: string): boolean {
  const { worn } = hatsNote.read(room);
  const isNew = !Object.hasOwn(worn, bareJid);
  if (isNew && Object.keys(worn).length >= MOST.wearers) return true;
  return (room.notes.get(hatsNote.name)?.length ?? 0) >= MOST_CHARACTERS;
}

/** The URIs of the hats of a user. */
export function hatUrisOf(room: Room, bareJid: string): readonly string[] {
  const { worn } = hatsNote.read(room);
  return Object.hasOwn(worn, bareJid) ? (worn[bareJid] ?? []) : [];
}

/** The mark of an occupant's presence; nothing where it wears no hat. Earlier versions let a user have any number. */
export function hatsTag(room: Room, bareJid: string): string {
  const own = hatUrisOf(room, bareJid);
  if (own.length === 0) return "";
  const hats = hatsOf(room);
  const shown = own.slice(0, MOST.hatsOfOneUser).flatMap((uri) => hats.filter((hat) => hat.uri === uri));
  const tags = shown.map(({ title, uri, hue }) => tag("hat", { title, uri, hue }));
  return tag("hats", { xmlns: NS.hats }, tags.join(""));
}

/** What tells of a changed list (hats#hash of the room information); undefined where the room has no hats. */
export function hatsHash(room: Room): string | undefined {
  const hats = hatsOf(room);
  return hats.length === 0 ? undefined : createHash("sha1").update(JSON.stringify(hats)).digest("hex");
}
