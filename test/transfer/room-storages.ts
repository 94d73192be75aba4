// Where another server keeps its rooms, for the tests of imports.
import { ejabberdTables } from "../../dev/servers/ejabberd.ts";
import { DATABASE_USER, startPostgres } from "../../dev/servers/postgres.ts";
import type { RoomStorage } from "../../dev/servers/server.ts";

export interface RoomPlace {
  readonly storage: RoomStorage;
  /** The address of a database of PostgreSQL, as Verona is given it. */
  readonly address: string | undefined;
  stop(): Promise<void>;
}

/** Makes a place of that kind; those of ejabberd have its tables. */
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
