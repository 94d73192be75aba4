// Pages of the records of acts, as commands of a room and of the service show them.
import { type FormField, writeTable } from "../../xmpp/data-form.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { say } from "../../xmpp/text.ts";
import type { ActQuery, StoredAct } from "../model/act.ts";
import { whenReady } from "../model/records.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import { listBytes } from "../model/size-limits.ts";
import { badPayload, type CommandFields, type CommandOutcome, completed, fieldValue } from "./commands.ts";

const PAGE = 50;
const LARGEST_PAGE = 500;

const BEFORE = "verona#before";
const MAX_ITEMS = "verona#max_items";
/** The column that a list of one room does not have. */
const ROOM = "verona#room";

/** The fields that choose a page. */
export const PAGE_FIELDS: readonly FormField[] = [
  { var: BEFORE, type: "text-single", label: say`Continue before this number (empty: the newest)` },
  {
    var: MAX_ITEMS,
    type: "text-single",
    label: say`Maximum number of records per page`,
    values: [String(PAGE)],
    range: { min: 1, max: LARGEST_PAGE },
  },
];

export const ACT_COLUMNS: Readonly<Record<string, (act: StoredAct, domain: string) => string | undefined>> = {
  "verona#number": ({ id }) => String(id),
  "verona#time": ({ at }) => new Date(at).toISOString(),
  [ROOM]: ({ node }, domain) => (node === "" ? undefined : `${node}@${domain}`),
  "verona#act": ({ kind }) => kind,
  "verona#by": ({ by }) => by,
  "verona#target": ({ target }) => target,
  "verona#reason": ({ reason }) => reason,
  "verona#rule": ({ rule }) => rule,
  "verona#detail": ({ detail }) => detail,
};

/** Reads the fields that choose a page. Refuses numbers that are none; caps the size. */
export function readActQuery(fields: CommandFields): Result<ActQuery> {
  const before = fieldValue(fields, BEFORE);
  const max = fieldValue(fields, MAX_ITEMS) || String(PAGE);
  if (!/^\d{0,15}$/.test(before)) return refuse(badPayload(say`A page continues before a number`));
  if (!/^[1-9]\d{0,8}$/.test(max)) return refuse(badPayload(say`A page needs at least one record`));
  return ok({
    ...(before !== "" && { before: Number(before) }),
    max: Math.min(Number(max), LARGEST_PAGE),
  });
}

/** Completes a command with a page of records, cut to fit into a stanza. */
export function showActs(
  query: ActQuery,
  environment: RoomEnvironment,
  language: string | undefined,
): CommandOutcome {
  return {
    kind: "read",
    read: (records) =>
      whenReady(records.readActs({ ...query, max: query.max + 1 }), (found) => {
        const columns = Object.entries(ACT_COLUMNS).filter(
          ([name]) => name !== ROOM || query.node === undefined,
        );
        const rows = found
          .slice(0, query.max)
          .map((act) => columns.map(([, show]) => show(act, environment.domain) ?? ""));
        const names = columns.map(([name]) => name);
        const table = writeTable({ title: say`Acts`, names, bytes: listBytes(environment) }, rows, language);
        const rest = found.length > table.rows ? say`older records follow` : say`no older records follow`;
        return completed({ payload: table.payload, note: say`Records shown: ${table.rows}; ${rest}` });
      }),
  };
}
