import pg from "pg";
import type { StandbyOptions } from "../lease.ts";
import { LEASE_MS, type LeaseOptions, PostgresLease } from "./lease.ts";
import { waitAsStandby } from "./standby.ts";
import { endOf, KEEP_ALIVE } from "./writer.ts";

/** Milliseconds after which a session that has not answered is replaced: longer than a busy disk takes. */
const ANSWER_TIMEOUT = 10_000;

/** Names the sessions by which standbys see that a process is there. */
export const sessionName = (id: string): string => `verona ${id}`;

/** Waits as a standby until this process may serve. The lease is held as soon as its epoch has begun. */
export async function takeLease(
  { url, ...rest }: Omit<LeaseOptions, "connect"> & { readonly url: string },
  standby: StandbyOptions,
): Promise<PostgresLease> {
  const options: LeaseOptions = { ...rest, connect: () => connect(url, sessionName(rest.id)) };
  return new PostgresLease(await waitAsStandby(options, standby), options);
}

async function connect(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: LEASE_MS,
    query_timeout: ANSWER_TIMEOUT,
    application_name: name,
    ...KEEP_ALIVE,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    endOf(client);
    throw error;
  }
}
