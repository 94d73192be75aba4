// ejabberd's SQL database: the tables of mod_muc and mod_mam in the old and the new schema.
import { type Element, parse } from "../../xmpp/element.ts";
import { parseJid } from "../../xmpp/jid.ts";
import type { ForeignDatabase } from "../foreign-database.ts";
import { parseTerm } from "./parse-term.ts";
import type { EjabberdStorage } from "./storage.ts";

/** Tables that every ejabberd database has. */
export const EJABBERD_TABLES = ["muc_room", "muc_registered", "muc_room_subscribers", "archive"];

/** Opens the rooms of a host in the database. */
export async function openDatabase(database: ForeignDatabase, host: string): Promise<EjabberdStorage> {
  const [count] = await database.all("SELECT count(*) AS n FROM muc_room WHERE host = $1", host);
  const nicknames = await database.all("SELECT jid, nick FROM muc_registered WHERE host = $1", host);
  const servers = await serversOf(database, host);
  const places = servers.map((_, index) => `$${index + 2}`);
  const ofServers = servers.length === 0 ? "" : `AND server_host IN (${places.join(", ")})`;
  // Timestamps are read as text: JavaScript's numbers cannot hold all of SQLite's.
  const archive = `SELECT id, CAST(timestamp AS text) AS time, xml, nick FROM archive
    WHERE username = $1 AND kind = 'groupchat' ${ofServers} ORDER BY timestamp, id`;
  return {
    name: database.name,
    total: Number(count?.n),
    nicknames: new Map(
      nicknames.flatMap(({ jid, nick }) => {
        const bare = parseJid(String(jid))?.bare;
        return bare === undefined ? [] : [[bare, String(nick)] as const];
      }),
    ),
    async *rooms() {
      // The options are an Erlang term in bytes that need not be UTF-8.
      const rows = database.each(
        `SELECT name, ${database.bytesOf("opts")} AS opts, EXISTS (SELECT 1 FROM muc_room_subscribers
          WHERE host = muc_room.host AND room = muc_room.name) AS subscribed FROM muc_room WHERE host = $1 ORDER BY name`,
        host,
      );
      for await (const { name, opts, subscribed } of rows) {
        const node = String(name);
        const where = `${database.name}, muc_room ${node}`;
        const text = Buffer.from(opts as Uint8Array).toString("latin1");
        yield { node, options: parseTerm(`${text}.`, where), hasSubscribers: Boolean(subscribed), where };
      }
    },
    async *archive(node) {
      const room = `${node}@${host}`;
      for await (const { id, time, xml, nick } of database.each(archive, room, ...servers))
        yield {
          // The stanza-id is the time in microseconds.
          id: String(time),
          at: /^\d+$/.test(String(time)) ? Math.floor(Number(time) / 1000) : undefined,
          nick: typeof nick === "string" ? nick : undefined,
          stanza: readStanza(xml),
          where: `${database.name}, archive ${id}`,
        };
    },
  };
}

/** Returns the virtual hosts of a host's rooms, mostly one. In the new schema the archive's index starts with it. */
async function serversOf(database: ForeignDatabase, host: string): Promise<string[]> {
  const columns = await database.columnsOf("archive");
  if (!columns.includes("server_host")) return [];
  const servers = await database.all(
    "SELECT DISTINCT server_host AS name FROM muc_room WHERE host = $1",
    host,
  );
  return servers.map(({ name }) => String(name));
}

/** Returns undefined for damaged and for compressed messages (mod_mam's compress_xml). */
function readStanza(xml: unknown): Element | undefined {
  try {
    return typeof xml === "string" ? parse(xml) : undefined;
  } catch {
    return undefined;
  }
}
