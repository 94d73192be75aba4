import { type LeaseOptions, PostgresLease } from "./lease.ts";
import { NodeRecord } from "./node-record.ts";
import { register } from "./register.ts";
import { connectForLease } from "./take-lease.ts";

/** Options of a process that serves as one node of several. */
export interface ClusterOptions {
  /** Names the node. Unique among the nodes of a database. */
  readonly name: string;
}

/** A node that has registered, and renews its lease. */
export interface Membership {
  /** The number of the registration. */
  readonly node: string;
  readonly name: string;
  /** The secret of all nodes. */
  readonly secret: string;
  readonly lease: PostgresLease;
  readonly record: NodeRecord;
}

/** Registers this process as a node, and begins its lease. Rejects with `StorageError` if it may not. */
export async function joinCluster(
  { url, ...rest }: Omit<LeaseOptions, "connect"> & { readonly url: string },
  { name }: ClusterOptions,
): Promise<Membership> {
  const options: LeaseOptions = { ...rest, connect: () => connectForLease(url, rest.id) };
  const { node, secret, client } = await register(options, name);
  const record = new NodeRecord({ node, id: rest.id, target: rest.target });
  const lease = new PostgresLease(client, options);
  lease.begin(record);
  return { node, name, secret, lease, record };
}
