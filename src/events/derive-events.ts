// Makes events of the effects of a stanza: of its journal entries, and of the facts that rules tell beside them.
import type { ActRecord } from "../muc/model/act.ts";
import type { Effects } from "../muc/model/effects.ts";
import type { ArchivedMessage, JournalEntry } from "../muc/model/journal.ts";
import type { PlacedFact } from "../muc/model/room-fact.ts";
import type { Subject } from "../muc/model/subject.ts";
import type { Room } from "../muc/room/room.ts";
import { accountPerson, authorPerson, occupantPerson } from "./people.ts";
import type { EventPerson, LEAVE_CAUSES, RoomEvent } from "./room-event.ts";

type Omitted<T> = T extends unknown ? Omit<T, "id" | "time" | "room"> : never;
/** An event without what all have. */
export type EventContent = Omitted<RoomEvent>;

export interface DerivedEvent {
  readonly node: string;
  readonly content: EventContent;
  readonly isAnonymous: boolean;
}

/** Returns the events of effects, in order. `roomOf`: the room after them; undefined if it is gone. */
export function deriveEvents(
  { journal, facts }: Pick<Effects, "journal" | "facts">,
  roomOf: (node: string) => Room | undefined,
): DerivedEvent[] {
  const events: DerivedEvent[] = [];
  let next = 0;
  for (let place = 0; place <= journal.length; place += 1) {
    for (let fact = facts[next]; fact && fact.place <= place; fact = facts[next]) {
      next += 1;
      if (!followsRename(facts, next - 1)) events.push(...ofFact(fact, roomOf(fact.node)));
    }
    const entry = journal[place];
    if (entry) events.push(...ofEntry(entry, journal, place, roomOf));
  }
  return events;
}

/** A new nickname is shown by presence, as an entry is. */
function followsRename(facts: readonly PlacedFact[], index: number): boolean {
  const { fact, node } = facts[index] ?? {};
  if (fact?.kind !== "entered") return false;
  return facts
    .slice(0, index)
    .some(
      (other) =>
        other.node === node &&
        other.fact.kind === "renamed" &&
        other.fact.occupant.id === fact.occupant.id &&
        other.fact.nick === fact.occupant.nick,
    );
}

function ofFact({ node, isAnonymous, fact }: PlacedFact, room: Room | undefined): DerivedEvent[] {
  const content = contentOfFact(fact, room);
  return content ? [{ node, isAnonymous, content }] : [];
}

function contentOfFact(fact: PlacedFact["fact"], room: Room | undefined): EventContent | undefined {
  switch (fact.kind) {
    case "said":
      return contentOfMessage(fact.message);
    case "entered":
    case "role-changed": {
      const { affiliation, role } = fact.occupant;
      const kind = fact.kind === "entered" ? "entry" : "role";
      return { kind, occupant: occupantPerson(fact.occupant), affiliation, role };
    }
    case "left":
      return {
        kind: "leave",
        occupant: occupantPerson(fact.occupant),
        cause: fact.isHidden ? "hidden" : causeOf(fact.statuses),
        ...(fact.reason !== undefined && { reason: fact.reason }),
      };
    case "renamed":
      return {
        kind: "nickname",
        occupant: { ...occupantPerson(fact.occupant), nickname: fact.nick },
        before: fact.occupant.nick,
      };
    case "commanded": {
      const { occupant, bot, command, text } = fact;
      const { affiliation, role } = occupant;
      const asked = text === undefined ? {} : { text };
      return { kind: "command", by: occupantPerson(occupant), affiliation, role, bot, command, ...asked };
    }
    case "reported": {
      const { id, by, jid, occupantId, nick, reason, comment, stanzaId, text } = fact.report;
      return {
        kind: "report",
        report: id,
        by: accountPerson(room, by),
        about: authorPerson(nick, occupantId, jid),
        reason,
        ...(comment !== undefined && { comment }),
        ...(stanzaId !== undefined && { stanzaId }),
        ...(text !== undefined && { text }),
      };
    }
  }
}

/** Makes an event of what people say. What clients send beside it, such as reactions, and retractions are none. */
function contentOfMessage(message: ArchivedMessage): EventContent | undefined {
  const { kind, nick, author, jid, text, stanzaId, id, corrects, language, payload } = message;
  if (text === undefined || (kind !== "discussion" && kind !== "other")) return undefined;
  // Texts are escaped, so that this is an element.
  if (/<(retract|apply-to) /.test(payload)) return undefined;
  return {
    kind: "message",
    from: authorPerson(nick, author, jid),
    text,
    stanzaId,
    messageId: id,
    ...(corrects !== undefined && { corrects }),
    ...(language !== undefined && { language }),
  };
}

const CAUSES: ReadonlyMap<number, (typeof LEAVE_CAUSES)[number]> = new Map([
  [301, "banned"],
  [307, "kicked"],
  [321, "not-a-member"],
  [322, "not-a-member"],
  [332, "service-stopped"],
  [333, "connection-lost"],
]);

function causeOf(statuses: readonly number[]): (typeof LEAVE_CAUSES)[number] {
  for (const status of statuses) {
    const cause = CAUSES.get(status);
    if (cause) return cause;
  }
  return "left";
}

function ofEntry(
  entry: JournalEntry,
  journal: readonly JournalEntry[],
  place: number,
  roomOf: (node: string) => Room | undefined,
): DerivedEvent[] {
  const content = contentOfEntry(entry, journal, place, roomOf);
  if (!content || !("node" in entry) || entry.node === "") return [];
  const { node } = entry;
  return [{ node, content, isAnonymous: roomOf(node)?.config.whois !== "anyone" }];
}

function contentOfEntry(
  entry: JournalEntry,
  journal: readonly JournalEntry[],
  place: number,
  roomOf: (node: string) => Room | undefined,
): EventContent | undefined {
  switch (entry.kind) {
    case "subject-changed":
      return entry.subject && contentOfSubject(entry.subject, roomOf(entry.node));
    case "message-retracted":
      return { kind: "retraction", stanzaId: entry.stanzaId };
    case "affiliation-changed": {
      const { jid, affiliation, reason, until } = entry.record;
      return {
        kind: "affiliation",
        user: accountPerson(roomOf(entry.node), jid),
        affiliation,
        ...(reason !== undefined && { reason }),
        ...(until !== undefined && { until: new Date(until).toISOString() }),
      };
    }
    case "config-changed": {
      // A change may take two steps.
      const isLast = !journal
        .slice(place + 1)
        .some((later) => later.kind === "config-changed" && later.node === entry.node);
      const { name, description, persistent, membersOnly, moderated, passwordProtected, whois, archiving } =
        entry.config;
      const shown = { name, description, public: entry.config.public, persistent, membersOnly, moderated };
      const anonymous = whois !== "anyone";
      return isLast
        ? { kind: "configuration", ...shown, passwordProtected, anonymous, archiving }
        : undefined;
    }
    case "act-recorded":
      return contentOfAct(entry.act, roomOf(entry.node));
    case "room-removed":
    case "room-renamed":
      return contentOfRemoval(entry.node, journal);
    default:
      return undefined;
  }
}

function contentOfSubject({ text, nick, message }: Subject, room: Room | undefined): EventContent {
  const occupant = room?.occupants.get(nick);
  const id = message?.occupantId ?? "";
  const from = authorPerson(nick, id, occupant?.id === id ? occupant.bareJid : undefined);
  return { kind: "subject", from, text };
}

function contentOfAct(act: ActRecord, room: Room | undefined): EventContent | undefined {
  const by = act.by === undefined ? {} : { by: accountPerson(room, act.by) };
  if (act.kind === "room-created") return { kind: "room-created", ...by };
  if (isEnd(act)) return undefined; // the removal tells of it
  const { kind, target, reason, rule, detail } = act;
  return {
    kind: "act",
    act: kind,
    ...by,
    ...(target !== undefined && targetOf(kind, target, room)),
    ...(reason !== undefined && { reason }),
    ...(rule !== undefined && { rule }),
    ...(detail !== undefined && { detail }),
  };
}

const targetOf = (
  kind: ActRecord["kind"],
  target: string,
  room: Room | undefined,
): { stanzaId: string } | { target: EventPerson } =>
  kind === "message-retracted" ? { stanzaId: target } : { target: accountPerson(room, target) };

const isEnd = ({ kind }: ActRecord): boolean => kind === "room-destroyed" || kind === "room-renamed";

/** Makes the event of a room that ended, or moved to another address; none if its creation was refused. */
function contentOfRemoval(node: string, journal: readonly JournalEntry[]): EventContent | undefined {
  const acts = journal.flatMap((entry) =>
    entry.kind === "act-recorded" && entry.node === node ? entry.act : [],
  );
  const isNew = journal.some((entry) => entry.kind === "room-stored" && entry.room.node === node);
  if (isNew && !acts.some(({ kind }) => kind === "room-created")) return undefined;
  const act = acts.find(isEnd);
  return {
    kind: "room-destroyed",
    ...(act?.by !== undefined && { by: { jid: act.by } }),
    ...(act?.reason !== undefined && { reason: act.reason }),
    ...(act?.target !== undefined && { venue: act.target }),
  };
}
