// ejabberd's SQLite database: the tables of mod_muc and mod_mam, in the old and the new schema.
import type { DatabaseSync } from "node:sqlite";
import { type Element, parse } from "../../xmpp/element.ts";
import { parseJid } from "../../xmpp/jid.ts";
import { parseTerm } from "./parse-term.ts";
import type { EjabberdStorage } from "./storage.ts";

/** ejabberd makes all of them, whatever it uses. */
export const EJABBERD_TABLES = ["muc_room", "muc_registered", "muc_room_subscribers", "archive"];

/** The rooms of that host in the database, which is named by its path. */
export function openDatabase(database: DatabaseSync, path: string, host: string): EjabberdStorage {
  const nicknames = database.prepare("SELECT jid, nick FROM muc_registered WHERE host = ?").all(host);
  const subscribers = database.prepare(
    "SELECT 1 FROM muc_room_subscribers WHERE host = ? AND room = ? LIMIT 1",
  );
  return {
    total: Number(database.prepare("SELECT count(*) AS n FROM muc_room WHERE host = ?").get(host)?.n),
    nicknames: new Map(
      nicknames.flatMap(({ jid, nick }) => {
        const bare = parseJid(String(jid))?.bare;
        return bare === undefined ? [] : [[bare, String(nick)] as const];
      }),
    ),
    *rooms() {
      // The options are a term as bytes, which need not be UTF-8.
      const rows = database.prepare(
        "SELECT name, CAST(opts AS BLOB) AS opts FROM muc_room WHERE host = ? ORDER BY name",
      );
      for (const { name, opts } of rows.iterate(host)) {
        const node = String(name);
        const where = `${path}, muc_room ${node}`;
        const text = Buffer.from(opts as Uint8Array).toString("latin1");
        const hasSubscribers = subscribers.get(host, node) !== undefined;
        yield { node, options: parseTerm(`${text}.`, where), hasSubscribers, where };
      }
    },
    *archive(node) {
      const rows = database.prepare(
        `SELECT id, timestamp, xml, nick FROM archive WHERE username = ? AND kind = 'groupchat'
         ORDER BY timestamp, id`,
      );
      rows.setReadBigInts(true);
      for (const { id, timestamp, xml, nick } of rows.iterate(`${node}@${host}`))
        yield {
          // Clients know it by its time in microseconds.
          id: String(timestamp),
          at: typeof timestamp === "bigint" ? Number(timestamp / 1000n) : undefined,
          nick: typeof nick === "string" ? nick : undefined,
          stanza: readStanza(xml),
          where: `${path}, archive ${id}`,
        };
    },
  };
}

/** Undefined also where it is compressed (mod_mam's compress_xml). */
function readStanza(xml: unknown): Element | undefined {
  try {
    return typeof xml === "string" ? parse(xml) : undefined;
  } catch {
    return undefined;
  }
}
