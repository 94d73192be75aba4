// Logs the acts of staff and the measures of rooms, from the records in the effects, so that the rules need no log.
import type { Logger } from "pino";
import type { RoomOutput } from "./muc/model/effects.ts";
import type { JournalEntry } from "./muc/model/journal.ts";
import { RateLimiter } from "./muc/model/rate-limiter.ts";
import { type Element, parse } from "./xmpp/element.ts";
import { NS } from "./xmpp/namespaces.ts";

/** Maximum number of lines about the acts of one user, or the measures of one room, within a minute. */
const LINES = 20;
const MINUTE_MS = 60_000;
/** Maximum number of targets named in one line. */
const TARGETS = 20;

interface ActLogOptions {
  readonly log: Logger;
  isServiceAdmin(bareJid: string): boolean;
  /** Milliseconds of a monotonic clock. */
  elapsed(): number;
}

type RecordedAct = Extract<JournalEntry, { kind: "act-recorded" }>;

/** Logs acts. Lines about one user or room are limited, and omitted ones are counted. */
export class ActLog {
  readonly #options: ActLogOptions;
  readonly #lines = new RateLimiter(MINUTE_MS);
  /** Lines omitted since the last one that was written. */
  #leftOut = 0;

  constructor(options: ActLogOptions) {
    this.#options = options;
  }

  /** Logs the acts in a journal: one line for those that differ only in their targets. Rooms that ended by themselves at debug. */
  note(journal: readonly JournalEntry[]): void {
    // Nearly all stanzas have neither.
    if (!journal.some(({ kind }) => kind === "act-recorded" || kind === "room-removed")) return;
    const acts = journal.filter((entry) => entry.kind === "act-recorded");
    for (const alike of groups(acts)) this.#tell(alike);
    const isRefused = journal.some(({ kind }) => kind === "room-stored");
    for (const entry of journal)
      if (entry.kind === "room-removed" && !isRefused && !acts.some(isDestructionOf(entry.node)))
        this.#options.log.debug({ room: entry.node }, "room ended with its last occupant");
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

  #tell([first, ...others]: readonly RecordedAct[]): void {
    if (!first) return;
    const { log, isServiceAdmin } = this.#options;
    const { at: _at, kind, by, target, ...facts } = first.act;
    const isAdmin = by !== undefined && isServiceAdmin(by);
    if (!isAdmin && !this.#isAllowed(by ?? `${first.node}@`)) return;
    const targets = [first, ...others].flatMap(({ act }) => act.target ?? []);
    const unnamed = targets.length - TARGETS;
    const line = {
      ...(first.node !== "" && { room: first.node }),
      ...(targets.length > 1 ? { targets: targets.slice(0, TARGETS) } : target !== undefined && { target }),
      ...(unnamed > 0 && { others: unnamed }),
      ...facts,
      ...(by !== undefined && { by }),
      ...(isAdmin && { serviceAdmin: true }),
      ...(this.#leftOut > 0 && { leftOut: this.#leftOut }),
    };
    log.info(line, kind.replaceAll("-", " "));
    this.#leftOut = 0;
  }

  #isAllowed(user: string): boolean {
    const allowed = this.#lines.take(user, LINES, this.#options.elapsed());
    if (!allowed) this.#leftOut += 1;
    return allowed;
  }
}

/** Groups successive acts that differ only in their targets. */
function groups(acts: readonly RecordedAct[]): RecordedAct[][] {
  const all: RecordedAct[][] = [];
  for (const act of acts) {
    const last = all.at(-1);
    if (last?.[0] && isAlike(last[0], act)) last.push(act);
    else all.push([act]);
  }
  return all;
}

function isAlike({ node, act }: RecordedAct, other: RecordedAct): boolean {
  const keys = ["kind", "by", "reason", "rule", "detail"] as const;
  return node === other.node && keys.every((key) => act[key] === other.act[key]);
}

const isDestructionOf =
  (node: string) =>
  (entry: RecordedAct): boolean =>
    entry.node === node && entry.act.kind === "room-destroyed";

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
