// Logs acts of users, derived from the effects of stanzas, so that the rules need no log.
import type { Logger } from "pino";
import { destroyRoom } from "./admin/room-administration.ts";
import { roomToAdminister } from "./admin/service-request.ts";
import type { Effects, RoomOutput } from "./muc/model/effects.ts";
import type { JournalEntry } from "./muc/model/journal.ts";
import { RateLimiter } from "./muc/model/rate-limiter.ts";
import { child, type Element, parse } from "./xmpp/element.ts";
import { NS } from "./xmpp/namespaces.ts";
import type { Stanza } from "./xmpp/stanza.ts";

/** Maximum number of lines about one user within a minute. */
const LINES_PER_USER = 20;
const MINUTE_MS = 60_000;
/** Maximum number of users named in one line. */
const NAMES = 20;

interface ActLogOptions {
  readonly log: Logger;
  /** The component's domain. */
  readonly domain: string;
  isServiceAdmin(bareJid: string): boolean;
  /** Milliseconds of a monotonic clock. */
  elapsed(): number;
}

/** Logs what users do to rooms. Lines about one user are limited, and omitted ones are counted. */
export class ActLog {
  readonly #options: ActLogOptions;
  readonly #lines = new RateLimiter(MINUTE_MS);
  /** Lines omitted since the last one that was written. */
  #leftOut = 0;

  constructor(options: ActLogOptions) {
    this.#options = options;
  }

  /** Logs rooms that a stanza created, configured or ended, bans, and acts of service administrators. */
  note(stanza: Stanza, { journal }: Effects): void {
    const isTold =
      journal.some(isTelling) &&
      [this.#noteRoom(stanza, journal), this.#noteBans(stanza, journal)].some(Boolean);
    const { log, isServiceAdmin } = this.#options;
    const { kind, type, from } = stanza;
    if (isTold || kind !== "iq" || type !== "set" || !isServiceAdmin(from.bare)) return;
    const act = this.#actOfAdministrator(stanza, journal);
    if (act) log.info({ ...act, by: from.bare }, "service administrator's action");
  }

  /** Logs errors among the output. Free unless the log level is debug. */
  noteRefusals({ roomOutputs }: { readonly roomOutputs: readonly RoomOutput[] }): void {
    const { log } = this.#options;
    if (!log.isLevelEnabled("debug")) return;
    for (const { outputs } of roomOutputs)
      for (const output of outputs) {
        const refusal = output.kind === "stanza" ? refusalIn(output.xml) : undefined;
        if (refusal) log.debug(refusal, "refused");
      }
  }

  /** Returns true if there was something to log, as do the methods below. */
  #noteRoom(stanza: Stanza, journal: readonly JournalEntry[]): boolean {
    const made = entryOf(journal, "room-stored")?.room.node;
    const ended = entryOf(journal, "room-removed")?.node;
    const configured = entryOf(journal, "config-changed")?.node;
    if (ended !== undefined) {
      if (made !== undefined) return false; // its creation was refused
      if (isDestruction(stanza)) return this.#tell(stanza, { room: ended }, "room destroyed");
      this.#options.log.debug({ room: ended }, "room ended with its last occupant");
    } else if (made !== undefined) return this.#tell(stanza, { room: made }, "room created");
    else if (configured !== undefined) return this.#tell(stanza, { room: configured }, "room configured");
    return false;
  }

  #noteBans(stanza: Stanza, journal: readonly JournalEntry[]): boolean {
    const banned = journal.flatMap((entry) =>
      entry.kind === "affiliation-changed" && entry.record.affiliation === "outcast" ? [entry] : [],
    );
    const room = banned[0]?.node;
    if (room === undefined) return false;
    const users = banned.slice(0, NAMES).map(({ record }) => record.jid);
    const others = banned.length - users.length;
    return this.#tell(stanza, { room, users, ...(others > 0 && { others }) }, "banned");
  }

  /** Describes a command that was run, or another change of a room. */
  #actOfAdministrator(stanza: Stanza, journal: readonly JournalEntry[]): object | undefined {
    const { to, element } = stanza;
    const command = child(element, "command", NS.commands);
    if (to.local === undefined) {
      if (!command || !child(command, "x", NS.dataForms)) return undefined;
      const room = roomToAdminister(stanza, this.#options);
      return { command: command.attrs.node, ...(room !== undefined && { room }) };
    }
    if (journal.length === 0) return undefined;
    if (command) return { room: to.local, command: command.attrs.node };
    const query = child(element, "query", NS.mucAdmin) ?? child(element, "query", NS.mucOwner);
    return query && { room: to.local, request: query.getNS() };
  }

  #tell({ from }: Stanza, facts: object, text: string): true {
    const { log, isServiceAdmin } = this.#options;
    const isAdmin = isServiceAdmin(from.bare);
    if (!isAdmin && !this.#isAllowed(from.bare)) return true;
    const by = { by: from.bare, ...(isAdmin && { serviceAdmin: true }) };
    log.info({ ...facts, ...by, ...(this.#leftOut > 0 && { leftOut: this.#leftOut }) }, text);
    this.#leftOut = 0;
    return true;
  }

  #isAllowed(user: string): boolean {
    const allowed = this.#lines.take(user, LINES_PER_USER, this.#options.elapsed());
    if (!allowed) this.#leftOut += 1;
    return allowed;
  }
}

/** The entries from which something may be logged; nearly all stanzas have none. */
const TELLING: ReadonlySet<JournalEntry["kind"]> = new Set<JournalEntry["kind"]>([
  "room-stored",
  "room-removed",
  "config-changed",
  "affiliation-changed",
]);

const isTelling = ({ kind }: JournalEntry): boolean => TELLING.has(kind);

/** Returns true if a stanza destroys a room (section 10.9, or the command for it). Otherwise its last occupant left. */
function isDestruction({ element }: Stanza): boolean {
  const query = child(element, "query", NS.mucOwner);
  const command = child(element, "command", NS.commands);
  return (
    (query && child(query, "destroy", NS.mucOwner)) !== undefined || command?.attrs.node === destroyRoom.node
  );
}

function entryOf<K extends JournalEntry["kind"]>(
  journal: readonly JournalEntry[],
  kind: K,
): Extract<JournalEntry, { kind: K }> | undefined {
  return journal.find((entry): entry is Extract<JournalEntry, { kind: K }> => entry.kind === kind);
}

/** Describes the refusal in a text, if it is a stanza of type error. */
function refusalIn(text: string): object | undefined {
  // Cheap check first, as most texts are no errors.
  if (!text.includes('type="error"')) return undefined;
  const stanza = readable(text);
  if (!stanza) return undefined;
  const error = stanza.attrs.type === "error" ? stanza.getChild("error") : undefined;
  if (!error) return undefined;
  const condition = error.getChildElements().find((each) => each.getNS() === NS.stanzas);
  const { to, from, id } = stanza.attrs;
  const kind = stanza.getName();
  return { kind, to, from, id, condition: condition?.getName(), text: error.getChild("text")?.getText() };
}

/** Parses a text; a fault of the log must not prevent output. */
function readable(text: string): Element | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
