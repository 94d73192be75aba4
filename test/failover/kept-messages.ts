// Reads what the service has kept, beside the service.
import pg from "pg";
import type { Message } from "./ledger.ts";

/** Returns the messages of each room after a position, in order, and the position of the last one. */
export async function keptAfter(
  url: string,
  position: string,
): Promise<{ kept: Map<string, Message[]>; position: string }> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT node, stanza_id, message.id, position FROM verona.message JOIN verona.room ON room.id = message.room
       WHERE position > $1 ORDER BY position`,
      [position],
    );
    const kept = new Map<string, Message[]>();
    for (const { node, stanza_id, id } of rows) {
      const messages = kept.get(String(node)) ?? [];
      messages.push({ stanzaId: String(stanza_id), id: String(id) });
      kept.set(String(node), messages);
    }
    return { kept, position: String(rows.at(-1)?.position ?? position) };
  } finally {
    await client.end();
  }
}
