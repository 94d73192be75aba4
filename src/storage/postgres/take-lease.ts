import type pg from "pg";
import type { StandbyOptions } from "../lease.ts";
import { connectToPrimary } from "./connect.ts";
import { EpochRecord } from "./epoch-record.ts";
import { LEASE_MS, type LeaseOptions, PostgresLease } from "./lease.ts";
import { sessionName } from "./lease-queries.ts";
import { waitAsStandby } from "./standby.ts";

/** Milliseconds after which a session that has not answered is replaced: longer than a busy disk takes. */
export const ANSWER_TIMEOUT = 10_000;

/** Opens the session of a lease, which is named after the process. */
export const connectForLease = (url: string, id: string): Promise<pg.Client> =>
  connectToPrimary(url, {
    connectionTimeoutMillis: LEASE_MS,
    query_timeout: ANSWER_TIMEOUT,
    application_name: sessionName(id),
  });

/**
 * Waits as a standby until this process may serve. The lease has begun then, unless the database has no schema yet, or an
 * early one.
 */
export async function takeLease(
  { url, ...rest }: Omit<LeaseOptions, "connect"> & { readonly url: string },
  standby: StandbyOptions,
): Promise<PostgresLease> {
  const options: LeaseOptions = { ...rest, connect: () => connectForLease(url, rest.id) };
  const { client, epoch } = await waitAsStandby(options, standby);
  const lease = new PostgresLease(client, options);
  if (epoch !== undefined) lease.begin(new EpochRecord({ epoch, id: rest.id, target: rest.target }));
  return lease;
}
