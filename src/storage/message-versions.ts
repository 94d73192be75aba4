// Finds the archived messages that a retraction hides, in SQL for SQLite and PostgreSQL.

interface Target {
  /** The table, and an SQL condition for all of its rows that matter. */
  readonly table: string;
  readonly among: string;
  /** An SQL condition that finds the retracted message; of several it means the latest. */
  readonly where: string;
  /** Columns in which all versions agree. */
  readonly same: readonly string[];
  /** The bare address of a message's sender, as the database has it in an index. */
  user(table: string): string;
}

/**
 * Writes a query for the positions of all versions of a message: itself, the message that it corrects, and the
 * corrections of either. `versionsIn` (muc/archive/recent-messages.ts) states the rule, and applies it to messages in
 * memory.
 */
export function selectVersions({ table, among, where, same, user }: Target): string {
  const isSame = (one: string, other: string): string =>
    same.map((column) => `${one}.${column} = ${other}.${column}`).join(" AND ");
  // One part for each index of SQLite.
  const original = (bound: string, order: string): string =>
    [`${user("original")} = ${user("target")}`, "original.jid = ''"]
      .map(
        (sender) => `SELECT position FROM (SELECT position FROM ${table} AS original
          WHERE ${among} AND ${isSame("original", "target")} AND ${sender} AND original.position ${bound}
            AND original.id = target.corrected AND original.corrects IS DISTINCT FROM target.corrected
          ORDER BY position ${order} LIMIT 1) AS found`,
      )
      .join(" UNION ALL ");
  // CROSS JOIN has SQLite begin with the one row of bounds.
  return `WITH target AS (
      SELECT position, jid, ${same.join(", ")}, coalesce(corrects, id) AS corrected FROM ${table}
      WHERE ${among} AND ${where} ORDER BY position DESC LIMIT 1),
    bounds AS MATERIALIZED (
      SELECT target.*,
        (SELECT max(position) FROM (${original("<= target.position", "DESC")}) AS earlier) AS first,
        (SELECT min(position) FROM (${original("> target.position", "ASC")}) AS later) AS next
      FROM target)
    SELECT first AS position FROM bounds WHERE first IS NOT NULL
    UNION ALL SELECT version.position FROM bounds CROSS JOIN ${table} AS version
      WHERE ${among} AND ${isSame("version", "bounds")} AND version.corrects = bounds.corrected
        AND version.position > coalesce(bounds.first, 0) AND version.position < coalesce(bounds.next, ${Number.MAX_SAFE_INTEGER})`;
}
