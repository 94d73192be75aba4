// PostgreSQL databases of other servers.
import type pg from "pg";
import { addressesOf } from "../config/postgres-hosts.ts";
import { storageProblem } from "../config/storage-url.ts";
import type { ForeignDatabase, Row } from "./foreign-database.ts";
import { TransferError } from "./source.ts";

const CONNECT_TIMEOUT_MS = 10_000;
/** Rows of one fetch. */
const PAGE = 500;

export const isPostgresAddress = (address: string): boolean => /^postgres(ql)?:\/\//i.test(address);

/**
 * Reads from the database at an address and closes the connection at the end. Throws `TransferError` if it cannot be
 * read.
 */
export async function* readPostgres<T>(
  address: string,
  read: (database: ForeignDatabase) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const { client, name } = await clientOf(address);
  const attempt = async <R>(action: () => Promise<R>): Promise<R> => {
    try {
      return await action();
    } catch (error) {
      throw new TransferError(`cannot read ${name}: ${messageOf(error)}`);
    }
  };
  // If the connection is lost, the next query fails.
  client.on("error", () => {});
  try {
    await attempt(() => client.connect());
    await attempt(() => client.query(BEGIN));
    yield* read(
      foreign(name, (text, values) => attempt(async () => (await client.query(text, values)).rows)),
    );
  } finally {
    await client.end().catch(() => {});
  }
}

/** All queries read one snapshot. The time between two queries is not limited. */
const BEGIN = `SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
  BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`;

async function clientOf(address: string): Promise<{ client: pg.Client; name: string }> {
  const problem = storageProblem(address);
  if (problem !== undefined) throw new TransferError(problem);
  if (addressesOf(address).length > 1)
    throw new TransferError("got several hosts, expected the address of one server");
  const { default: pg } = await import("pg");
  try {
    const client = new pg.Client({
      connectionString: address,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    return { client, name: `${client.host}:${client.port}/${client.database}` };
  } catch (error) {
    throw new TransferError(`the address of the database cannot be used: ${messageOf(error)}`);
  }
}

function foreign(name: string, query: (text: string, values?: string[]) => Promise<Row[]>): ForeignDatabase {
  let cursors = 0;
  return {
    name,
    all: (sql, ...values) => query(sql, [...values]),
    async *each(sql, ...values) {
      cursors += 1;
      const cursor = `rows${cursors}`;
      await query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, [...values]);
      for (;;) {
        const rows = await query(`FETCH ${PAGE} FROM ${cursor}`);
        yield* rows;
        if (rows.length < PAGE) break;
      }
      await query(`CLOSE ${cursor}`);
    },
    async columnsOf(table) {
      const columns = await query(
        "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        [table],
      );
      return columns.map((column) => String(column.name));
    },
    bytesOf: (column) => `convert_to(${column}, 'UTF8')`,
  };
}

function messageOf(error: unknown): string {
  // If a host name has several addresses, each has an error of its own.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}
