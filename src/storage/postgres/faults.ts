// Explains PostgreSQL's errors to the operator, and tells temporary ones from lasting ones.
import pg from "pg";
import { StorageError } from "../store.ts";
import { COMMITS_LOST, NODE_BURIED, ROOM_NOT_STORED } from "./functions.ts";

/** An error in words. `lasts` is false if it ends by itself or by a change at the database. */
export interface Fault {
  readonly text: string;
  readonly lasts: boolean;
}

const READ_ONLY = "25006";
const IS_READ_ONLY = "it is read-only at the moment (a standby server?)";

/** The server accepts no writes, as a standby. */
export class ReadOnlyError extends Error {
  override readonly name = "ReadOnlyError";
  readonly code = READ_ONLY;

  constructor() {
    super(IS_READ_ONLY);
  }
}

/** None of several hosts has a server that accepts writes. */
export class NoPrimaryError extends Error {
  override readonly name = "NoPrimaryError";
  readonly faults: readonly { readonly host: string; readonly error: unknown }[];

  constructor(faults: NoPrimaryError["faults"]) {
    super("no host accepts writes");
    this.faults = faults;
  }
}

/** SQLSTATEs of a database without a table, or without the schema: empty, or of an earlier version. */
const NO_TABLE = ["42P01", "3F000"];

/** Returns true if a query named a table that the database does not have. */
export const isMissingTable = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && NO_TABLE.includes(error.code ?? "");

/** SQLSTATEs (appendix A of PostgreSQL's manual) of errors that last until the operator acts. */
const LASTING: Record<string, string> = {
  "28P01": "it rejected the password; correct it in the storage setting",
  "28000":
    "it does not admit this user; correct the user in the storage setting, or the server's pg_hba.conf",
  "3D000": "there is no such database; create it, or correct its name in the storage setting",
  "42501": "this user lacks privileges; make the user the owner of the database and of its schema verona",
  [COMMITS_LOST]:
    "its last commit is not the expected one (was a backup restored, or another server promoted?); restart Verona to continue with its present data",
  [NODE_BURIED]:
    "this node is not registered any more: another one took it for dead, and its rooms are served elsewhere",
};

const PASSING: Record<string, string> = {
  "53100": "the disk is full; free some space",
  "53300": "it has no free connection; raise max_connections, or close connections of other programs",
  "57014": "it took too long and gave up",
  "57P03": "it is starting or stopping",
  [READ_ONLY]: IS_READ_ONLY,
};

/** SQLSTATEs of a transaction that could not be serialized, and of one that waited in a circle. */
const ROLLBACKS = ["40001", "40P01"];

/** Classes of SQLSTATEs of temporary errors: connection, rollback, resources, operator, system. */
const PASSING_CLASSES = ["08", "40", "53", "55", "57", "58"];

/** Error codes of the connection. */
const UNREACHABLE: Record<string, string> = {
  ECONNREFUSED: "nothing listens there; start PostgreSQL, or correct the address in the storage setting",
  ENOENT: "nothing listens there; start PostgreSQL, or correct the address in the storage setting",
  ENOTFOUND: "unknown host; correct it in the storage setting",
  EAI_AGAIN: "the host name cannot be resolved at the moment",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the host cannot be reached",
  ETIMEDOUT: "the host does not answer",
  ECONNRESET: "the connection was lost",
  EPIPE: "the connection was lost",
};

/** Error messages of pg about connections, which have no code. The first match counts. */
const SAID_BY_PG: readonly (readonly [RegExp, advice: string])[] = [
  [/timeout/, "it does not answer"],
  [/^Connection terminated|not queryable/, "the connection was lost"],
];

/** Describes an error of the database `target` (which holds no password); `what` names the failed operation. */
export function describeFault(error: unknown, what: "open" | "read" | "write", target: string): Fault {
  if (error instanceof StorageError) return { text: error.message, lasts: true };
  const { advice, lasts } = adviseOn(error, what);
  return { text: `cannot ${what} the database ${target}: ${advice}`, lasts };
}

export function isConnectionFault(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^(08|57P|28|25006)/.test(error.code ?? "");
}

/** True if the database has undone a transaction in favour of another one: it can be repeated at once. */
export const isRollback = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && ROLLBACKS.includes(error.code ?? "");

function adviseOn(error: unknown, what: string): { advice: string; lasts: boolean } {
  if (error instanceof NoPrimaryError) {
    const faults = error.faults.map(({ host, error }) => ({ host, ...adviseOn(error, what) }));
    const advice = faults.map(({ host, advice }) => `${host}: ${advice}`).join("; ");
    return { advice, lasts: faults.every(({ lasts }) => lasts) };
  }
  const { code = "", message } = faultOf(error);
  if (error instanceof pg.DatabaseError) {
    if (code === ROOM_NOT_STORED) return { advice: message, lasts: true };
    const lasting = LASTING[code];
    if (lasting !== undefined) return { advice: lasting, lasts: true };
    const passes = code === READ_ONLY || PASSING_CLASSES.includes(code.slice(0, 2));
    return { advice: PASSING[code] ?? message, lasts: !passes };
  }
  if (/password must be a/.test(message))
    return {
      advice: "it requires a password; set one in the storage setting, or in the file named by PGPASSFILE",
      lasts: true,
    };
  if (/CERT|TLS|SSL|SIGNATURE/.test(code) || /SSL|certificate/.test(message))
    return { advice: `${message}; correct sslmode or sslrootcert in the storage setting`, lasts: true };
  // A host name that could be resolved before will be again when the resolver is back.
  const advice = UNREACHABLE[code] ?? SAID_BY_PG.find(([text]) => text.test(message))?.[1] ?? message;
  return { advice, lasts: what === "open" && code === "ENOTFOUND" };
}

function faultOf(error: unknown): { code?: string; message: string } {
  // A name with several addresses has one error for each.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first : { message: String(first) };
}
