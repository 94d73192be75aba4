// The storage of another server's rooms, for the tests of imports.
import { ejabberdTables } from "../../dev/servers/ejabberd.ts";
import { DATABASE_USER, startPostgres } from "../../dev/servers/postgres.ts";
import type { RoomStorage } from "../../dev/servers/server.ts";

export interface RoomPlace {
  readonly storage: RoomStorage;
  /** The address of a PostgreSQL database, for Verona's command line. */
  readonly address: string | undefined;
  stop(): Promise<void>;
}

/** Creates a storage of that kind; `tables` are those of ejabberd's schema. */
export async function makeRoomPlace(
  kind: "built-in" | "sqlite" | "archive in sqlite" | "postgres",
  tables?: "old" | "new",
): Promise<RoomPlace> {
  if (kind !== "postgres") return { storage: kind, address: undefined, stop: async () => {} };
  const server = await startPostgres();
  const address = server.createDatabase();
  const storage = new URL(address);
  if (tables) {
    server.sql(`SET ROLE ${DATABASE_USER.name}; ${ejabberdTables(tables)}`, storage.pathname.slice(1));
    storage.searchParams.set("schema", tables);
  }
  return { storage, address, stop: () => server.stop() };
}
