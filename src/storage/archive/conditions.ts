// The SQL conditions of a query.
import type { ArchiveQuery, ExtrasQuery } from "../../muc/model/archive-query.ts";
import type { Dialect, Parameter, Search, Table } from "./dialect.ts";

/** The positions that a query looks at, from the first to the last; `only` are those of messages that it names. */
export interface Range {
  readonly room: number;
  readonly first: number;
  readonly last: number;
  readonly only: readonly number[] | undefined;
}

/** The input of the conditions of a statement. */
export interface Scope {
  readonly dialect: Dialect;
  readonly query: ArchiveQuery;
  readonly range: Range;
  readonly value: Parameter;
}

/** The part of a query for one table. */
export interface Selection {
  readonly table: Table;
  readonly from: string;
  readonly position: string;
  readonly condition: string;
}

/** Makes the parts of a query. A search for words finds no extras. */
export function select(scope: Scope): Selection[] {
  const { dialect, query, range, value } = scope;
  if (query.words !== undefined) {
    const search = dialect.search(range.room, query.words, value);
    return [selectFrom("message", scope, search.condition, search)];
  }
  const conditions = extraConditions(dialect, query.extras, value);
  return [
    selectFrom("message", scope, "TRUE"),
    ...conditions.map((condition) => selectFrom("archive_extra", scope, condition)),
  ];
}

function selectFrom(
  table: Table,
  scope: Scope,
  condition: string,
  { from, position }: Pick<Search, "from" | "position"> = {
    from: scope.dialect.name(table),
    position: `${table}.position`,
  },
): Selection {
  const { nick } = scope.query;
  const conditions = [
    ...inRange(scope, table, position),
    ...inTime(scope, table),
    ...bySender(scope, table),
    ...(nick === undefined ? [] : [byNick(table, scope.value(nick))]),
    condition,
  ];
  return { table, from, position, condition: conditions.join(" AND ") };
}

const byNick = (table: Table, nick: string): string =>
  table === "message" ? `message.nick = ${nick}` : `${nick} IN (nick, to_nick)`;

function bySender({ dialect, query: { jid }, value }: Scope, table: Table): string[] {
  if (jid === undefined) return [];
  const user = `${dialect.user(table)} = ${value(jid.split("/")[0] ?? "")}`;
  return jid.includes("/") ? [user, `${table}.jid = ${value(jid)}`] : [user];
}

export function inRange({ range, value }: Scope, table: Table, position = `${table}.position`): string[] {
  const { room, first, last, only } = range;
  // SQLite gets numbers as floating point, for which FTS5 would read all matches from the first one on.
  const integer = (number: number): string => `CAST(${value(number)} AS BIGINT)`;
  const conditions = [`${table}.room = ${value(room)}`];
  if (first > 0) conditions.push(`${position} >= ${integer(first)}`);
  if (last < Number.MAX_SAFE_INTEGER) conditions.push(`${position} <= ${integer(last)}`);
  if (only) conditions.push(only.length === 0 ? "FALSE" : `${position} IN (${only.map(value).join(", ")})`);
  return conditions;
}

/** True if the database shall look for a time itself. Else the range has the positions of that time, if it is known. */
export const looksForTimes = ({ dialect, query }: Pick<Scope, "dialect" | "query">): boolean =>
  dialect.combinesIndexes && query.extras !== undefined;

export function inTime(scope: Scope, table: Table): string[] {
  const { start, end } = scope.query;
  const { value } = scope;
  // The "+" keeps the database from the index of times, which `findTimes` has used.
  const time = looksForTimes(scope) ? `${table}.at` : `+${table}.at`;
  return [
    ...(start === undefined ? [] : [`${time} >= ${value(start)}`]),
    ...(end === undefined ? [] : [`${time} <= ${value(end)}`]),
  ];
}

/** Splits private messages by sender and recipient, which have one index each. The first has those to oneself. */
export function extraConditions(
  dialect: Dialect,
  extras: ExtrasQuery | "all" | undefined,
  value: Parameter,
): string[] {
  if (extras === undefined) return [];
  if (extras === "all") return ["TRUE"];
  const { presence, privateOf } = extras;
  const conditions = presence ? ["kind <> 'private'"] : [];
  if (privateOf === undefined) return conditions;
  const [sender, user] = [dialect.user("archive_extra"), value(privateOf)];
  return [
    ...conditions,
    `kind = 'private' AND ${sender} = ${user}`,
    `kind = 'private' AND to_jid = ${user} AND ${sender} <> ${user}`,
  ];
}
