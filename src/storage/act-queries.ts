// The SQL for records of acts, which both databases understand.
import type { ActQuery } from "../muc/model/act.ts";
import { ACT_COLUMNS } from "./rows.ts";

/** The largest identifier that both databases and JavaScript can compare. */
const LAST = Number.MAX_SAFE_INTEGER;

/** Makes the statements. `table`: the table's name in SQL. `parameter` writes a parameter by its number. */
export function actStatements(table: string, parameter: (number: number) => string) {
  const [first, second, third] = [1, 2, 3].map(parameter);
  const columns = `id, ${ACT_COLUMNS.join(", ")}`;
  const created = `SELECT max(id) FROM ${table} WHERE node = ${first} AND kind = 'room-created'`;
  const ofRoom = `SELECT ${columns} FROM ${table} WHERE node = ${first} AND id < ${second}`;
  return {
    acts: `SELECT ${columns} FROM ${table} WHERE id < ${first} ORDER BY id DESC LIMIT ${second}`,
    actsOfRoom: `${ofRoom} ORDER BY id DESC LIMIT ${third}`,
    actsSinceCreation: `${ofRoom} AND id >= coalesce((${created}), 0) ORDER BY id DESC LIMIT ${third}`,
    actsAfter: `SELECT ${columns} FROM ${table}
      WHERE id > ${first} AND (CAST(${third} AS text) IS NULL OR node = ${third}) ORDER BY id LIMIT ${second}`,
    moveActs: `UPDATE ${table} SET node = ${second} WHERE node = ${first} AND id >= coalesce((${created}), 0)`,
    removeActs: `DELETE FROM ${table} WHERE at < ${first}
      AND id IN (SELECT id FROM ${table} ORDER BY id LIMIT ${second})`,
  };
}

/** Returns the statement for a query, and its values. */
export function actStatementFor({
  node,
  sinceCreation = false,
  before = LAST,
  max,
}: ActQuery): [name: "acts" | "actsOfRoom" | "actsSinceCreation", values: (string | number)[]] {
  if (node === undefined) return ["acts", [before, max]];
  return [sinceCreation ? "actsSinceCreation" : "actsOfRoom", [node, before, max]];
}
