// Invariants after every step, for any stanzas.

import { isBehindGate } from "../../src/muc/permissions/gate.ts";
import type { Room } from "../../src/muc/room/room.ts";
import { bareOf, parseJid } from "../../src/xmpp/jid.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import type { Stanza } from "../../src/xmpp/stanza.ts";
import { checkAnswers } from "./answers.ts";
import { checkArchive, isResult } from "./archive.ts";
import { ADMIN, SERVICE } from "./cast.ts";
import { ensure, type Received } from "./ensure.ts";
import { checkEntry } from "./entry.ts";
import { checkAudience, checkNames, checkStore, checkViews } from "./room-state.ts";
import { leaks } from "./sight.ts";
import { find, type Node, readXml } from "./strict-xml.ts";
import { statusesOf, tell } from "./told.ts";
import { type Outcome, type Step, type World, writeFor } from "./world.ts";

/** Checks all results of a step; throws with the rule that is broken. */
export function checkStep(world: World, step: Step, outcome: Outcome): void {
  const received = readAll(outcome);
  const asked = step.kind === "stanza" ? step.xml : "";
  const asker = step.kind === "stanza" ? step.from : undefined;
  const rooms = new Map(world.rooms().map((room) => [room.address, room]));
  checkAnswers(world.waiting, outcome.stanza, received);
  if (step.kind === "restart") ensure(world.waiting.length === 0, "every request between occupants ends");
  checkEntry(outcome, received, rooms);
  checkArchive(world, outcome.stanza, received);
  checkSilence(outcome.stanza, received, rooms);
  for (const one of received) {
    const room = rooms.get(one.room);
    const told = one.room === "" ? undefined : world.told(one.room, one.to);
    const shown = leaks(one.stanza, one.text, { to: one.to, room, told, asker, asked });
    ensure(shown.length === 0, "a real JID reaches somebody who may not see it", shown, one.text);
    const isGivenBack = one.stanza.attrs.type === "error" && one.to === asker;
    ensure(
      isGivenBack || !isForged(one),
      "what only the room may say is passed on from a client (section 17.3)",
      one.text,
    );
    const isEntering = one.to === asker && room?.sessions.has(one.to) === true;
    if (!told?.present && !isEntering) checkToOutsider(outcome.stanza, one);
    if (told) tell(told, one.stanza, one.nick);
  }
  checkProtection(outcome, received, rooms);
  for (const room of rooms.values()) {
    checkNames(room);
    checkAudience(room);
  }
  checkViews(world, rooms);
  // An entry missing from the journal shows at the next step that writes to it.
  if (outcome.isJournaled || step.kind === "restart") checkStore(world);
}

/** Refusals of the rules that protect rooms from strangers. */
const PROTECTION = /Too many |here<\/text>|closed to newcomers|the question of this room/;

/** Checks that no rule of protection silences admins and owners, and that nobody hears who is behind the gate. */
function checkProtection(
  { stanza }: Outcome,
  received: readonly Received[],
  rooms: ReadonlyMap<string, Room>,
): void {
  const room = stanza && rooms.get(stanza.to.bare);
  if (!room || stanza.kind === "iq") return;
  const affiliation = room.affiliationOf(stanza.from.bare);
  const isStaff = affiliation === "owner" || affiliation === "admin";
  const { nick, role } = room.sessions.get(stanza.from.full) ?? {};
  const isBehind = role === "visitor" && isBehindGate(room, stanza.from.bare, affiliation);
  for (const one of received) {
    const { name, attrs } = one.stanza;
    const isRefusal = attrs.type === "error" && one.to === stanza.from.full;
    ensure(
      !(isStaff && isRefusal && PROTECTION.test(one.text)),
      "no rule of protection silences an admin or owner",
      one.text,
    );
    const isHeard = name === "message" && attrs.type === "groupchat" && one.nick === nick;
    ensure(
      !(isBehind && isHeard && stanza.kind === "message"),
      "nobody hears who is behind the gate",
      one.text,
    );
  }
}

/** Checks that nobody but a silenced user gets what it says, implemented independently of src/muc/permissions. */
function checkSilence(
  asked: Stanza | undefined,
  received: readonly Received[],
  rooms: ReadonlyMap<string, Room>,
): void {
  if (asked?.kind !== "message" || asked.type === "error") return;
  const { bare } = asked.from;
  const room = rooms.get(asked.to.bare);
  const text = room?.notes.get("silences");
  if (!room || text === undefined) return;
  const silences: { jid: string; until?: number }[] = JSON.parse(text);
  const affiliation = room.affiliations.get(bare)?.affiliation;
  const isStaff = affiliation === "admin" || affiliation === "owner" || bare === ADMIN;
  const now = room.environment.now();
  if (isStaff || !silences.some(({ jid, until }) => jid === bare && (until === undefined || until > now)))
    return;
  // The room tells its admins of a raid, which the message may have been a sign of.
  const isOfRoom = ({ stanza }: Received): boolean => stanza.attrs.from === `${asked.to.bare}/(room)`;
  for (const one of received.filter((each) => each.stanza.name === "message" && !isOfRoom(each)))
    ensure(bareOf(one.to) === bare, "only a silenced user gets what it says", one.text);
}

/** Parses every outgoing stanza; those that differ only in the recipient are parsed once. */
function readAll({ outgoing }: Outcome): Received[] {
  return outgoing.flatMap((entry) => {
    const first = writeFor(entry, typeof entry === "string" ? "" : (entry.to[0] ?? ""));
    let stanza: Node;
    try {
      stanza = readXml(first);
    } catch (error) {
      throw new Error(`an outgoing stanza is not well-formed: ${error}\n    ${first}`);
    }
    const from = parseJid(stanza.attrs.from ?? "");
    ensure(from?.domain === SERVICE, "an outgoing stanza is from the service", first);
    const room = from?.local === undefined ? "" : from.bare;
    const nick = from?.resource ?? "";
    const recipients = typeof entry === "string" ? [stanza.attrs.to ?? ""] : entry.to;
    return recipients.map((to) => {
      ensure(parseJid(to)?.full === to, "an outgoing stanza has the address of somebody", first);
      return { stanza, text: writeFor(entry, to), to, room, nick };
    });
  });
}

/** Checks stanzas to non-occupants: only answers, invitations and own unavailable presence (7.2.18) are allowed. */
function checkToOutsider(asked: Stanza | undefined, one: Received): void {
  const { stanza, nick } = one;
  const { type } = stanza.attrs;
  if (stanza.name === "iq" || type === "error") return;
  if (isResult(one)) return; // archive.ts checks the recipients of these
  const isNotice = stanza.name === "presence" && type === "unavailable" && statusesOf(stanza).includes("110");
  if (isNotice && one.to === asked?.from.full) return;
  const x = find(stanza, "x", NS.mucUser);
  const isInvitation = find(x, "invite") !== undefined || find(x, "decline") !== undefined;
  const isMessage = stanza.name === "message" && type !== "groupchat" && nick === "";
  ensure(isMessage && isInvitation, "nothing of the room reaches whoever is not in it", one.text);
}

/** Returns true for forged content. Text forged in the name of another room only is no forgery in this room. */
function isForged({ text, room }: Received): boolean {
  const found = [...text.matchAll(/FORGED(?: in the name of (\S+@[\w.]+))?/g)];
  return found.some(([, name]) => name === undefined || name === room);
}
