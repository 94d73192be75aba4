// Lists of hosts in the address of a PostgreSQL database: postgres://USER@HOST1:PORT1,HOST2:PORT2/DATABASE, as in libpq.

/** Everything up to the last "@" before the path, the hosts, and the rest. A raw password may hold "@" and ",". */
const PARTS = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is;

/** Returns the address of the database at each of its hosts, in order; an address with one host as it is. */
export function addressesOf(url: string): readonly string[] {
  const [, start = "", hosts = "", rest = ""] = PARTS.exec(url) ?? [];
  return hosts.includes(",") ? hosts.split(",").map((host) => start + host + rest) : [url];
}
