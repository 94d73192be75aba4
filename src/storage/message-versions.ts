// Which archived messages a retraction hides: SQL that SQLite and PostgreSQL both run.

interface Target {
  /** The table, and an SQL condition for all of its rows that matter. */
  readonly table: string;
  readonly among: string;
  /** An SQL condition that finds the retracted message. Where it finds several, the latest is meant. */
  readonly where: string;
  /** Columns in which all versions agree. */
  readonly same: readonly string[];
}

/**
 * Writes a query for the positions of all versions of a message: itself, the message that it corrects, and the corrections
 * of either. `versionsIn` (muc/archive/recent-messages.ts) states the rule, and applies it to messages in memory.
 */
export function selectVersions({ table, among, where, same }: Target): string {
  const isSame = (one: string, other: string): string =>
    same.map((column) => `${one}.${column} = ${other}.${column}`).join(" AND ");
  const originals = `SELECT position FROM ${table} AS original WHERE ${among} AND ${isSame("original", "target")}
    AND original.id = target.corrected AND original.corrects IS DISTINCT FROM target.corrected`;
  // CROSS JOIN has SQLite begin with the one row of bounds.
  return `WITH target AS (
      SELECT position, ${same.join(", ")}, coalesce(corrects, id) AS corrected FROM ${table}
      WHERE ${among} AND ${where} ORDER BY position DESC LIMIT 1),
    bounds AS MATERIALIZED (
      SELECT target.*,
        (${originals} AND original.position <= target.position ORDER BY original.position DESC LIMIT 1) AS first,
        (${originals} AND original.position > target.position ORDER BY original.position LIMIT 1) AS next
      FROM target)
    SELECT first AS position FROM bounds WHERE first IS NOT NULL
    UNION ALL SELECT version.position FROM bounds CROSS JOIN ${table} AS version
      WHERE ${among} AND ${isSame("version", "bounds")} AND version.corrects = bounds.corrected
        AND version.position > coalesce(bounds.first, 0) AND version.position < coalesce(bounds.next, ${Number.MAX_SAFE_INTEGER})`;
}
