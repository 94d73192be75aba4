// Sessions with the server of a database that accepts writes, whichever of its hosts that is.
import pg from "pg";
import type { Logger } from "pino";
import { addressesOf } from "../../config/postgres-hosts.ts";
import { StorageError } from "../store.ts";
import { NoPrimaryError, ReadOnlyError } from "./faults.ts";

/** The time that one host of several has to answer; milliseconds. */
const HOST_TIMEOUT = 3_000;
/** The interval of TCP keep-alives, which also keep idle connections open in firewalls; milliseconds. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 30_000 };

export interface ConnectOptions extends Omit<pg.ClientConfig, "connectionString"> {
  /** Gets a line with the host, if the address has several. */
  readonly log?: Logger | undefined;
  /** Called with the address of the host that accepts writes. */
  found?(address: string): void;
}

/**
 * Connects to the first host of an address that accepts writes (libpq: `target_session_attrs=read-write`). Rejects with
 * the fault of the host, or with `NoPrimaryError` if there are several.
 */
export async function connectToPrimary(url: string, options: ConnectOptions): Promise<pg.Client> {
  const { log, found, ...config } = options;
  const addresses = addressesOf(url);
  const [only = url] = addresses;
  if (addresses.length === 1) return connectTo(only, config);
  const timeout = Math.min(config.connectionTimeoutMillis ?? HOST_TIMEOUT, HOST_TIMEOUT);
  const faults: { host: string; error: unknown }[] = [];
  for (const address of addresses) {
    try {
      const client = await connectTo(address, { ...config, connectionTimeoutMillis: timeout });
      log?.info({ host: hostOf(client) }, "connected to the database's primary server");
      found?.(address);
      return client;
    } catch (error) {
      faults.push({ host: hostOf(new pg.Client(address)), error });
    }
  }
  throw new NoPrimaryError(faults);
}

async function connectTo(address: string, config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...KEEP_ALIVE, ...config, connectionString: address });
  client.on("error", () => {});
  try {
    await client.connect();
    await prepareSession(client);
    return client;
  } catch (error) {
    endOf(client);
    throw error;
  }
}

/**
 * Lets the server notice within 15 seconds that this machine is gone. Otherwise the lock would last for hours, as TCP
 * does: keep-alives find an idle session, and do not run while data is unacknowledged, which has a timeout of its own.
 * Throws `ReadOnlyError` if the server accepts no writes.
 */
export async function prepareSession(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query(PREPARE_SESSION);
  if (rows[0]?.is_read_only === true) throw new ReadOnlyError();
}

/** Leaves out settings that the server does not have: `tcp_user_timeout` came with PostgreSQL 12. */
const PREPARE_SESSION = `SELECT current_setting('transaction_read_only') = 'on' AS is_read_only,
    count(set_config(name, value, false))
  FROM pg_settings JOIN (VALUES ('tcp_user_timeout', '10000'), ('tcp_keepalives_idle', '5'),
    ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '2')) AS wanted (name, value) USING (name)`;

/** Ends a connection without waiting for running queries. */
export function endOf(client: pg.Client): void {
  client.end().catch(() => {});
}

const hostOf = ({ host, port }: pg.Client): string => `${host}:${port}`;

/**
 * Names a database by its hosts, their ports and its name, without a password. Throws `StorageError` if a file in the
 * address cannot be read.
 */
export function targetOf(url: string): string {
  try {
    return nameOfDatabase(url);
  } catch (error) {
    throw new StorageError(
      `the storage setting cannot be used: ${error instanceof Error ? error.message : "it is not an address"}`,
    );
  }
}

function nameOfDatabase(url: string): string {
  const clients = addressesOf(url).map((connectionString) => new pg.Client({ connectionString }));
  return `${clients.map(hostOf).join(",")}/${clients[0]?.database}`;
}
