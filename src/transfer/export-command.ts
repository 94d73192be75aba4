// verona export
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { UsageError } from "../cli/errors.ts";
import { EXIT } from "../cli/exit-status.ts";
import { Progress } from "../cli/progress.ts";
import type { Config } from "../config/config.ts";
import { StorageError } from "../storage/store.ts";
import { parseJid } from "../xmpp/jid.ts";
import { type Counts, exportLines } from "./export.ts";
import { writeNewFile } from "./new-file.ts";
import { openConfiguredStore } from "./open-configured-store.ts";
import { TransferError } from "./source.ts";

export interface ExportOptions {
  readonly all?: boolean | undefined;
  readonly output?: string | undefined;
}

/** Writes one room or all to a new file or to standard output, and the counts to standard error. */
export async function runExport(
  config: Config,
  operands: readonly string[],
  { all = false, output }: ExportOptions,
): Promise<number> {
  const [room, ...more] = operands;
  if (more.length > 0) throw new UsageError(`unexpected argument "${more[0]}"`);
  if ((room === undefined) !== all) throw new UsageError("export needs either a room or --all");
  const { domain } = config.component;
  const node = room === undefined ? undefined : nodeOf(room, domain);
  const store = await openConfiguredStore(config.storage);
  try {
    const progress = new Progress(process.stderr);
    let counts: Counts = { rooms: 0, messages: 0 };
    async function* lines(): AsyncGenerator<string> {
      counts = yield* exportLines(store, domain, node, (done) => progress.show("exporting", done));
    }
    // An export holds passwords of rooms, so only its owner may read the file.
    if (output === undefined) await writeOut(lines());
    else
      await writeNewFile(output, (partial) => pipeline(lines(), createWriteStream(partial, { flags: "r+" })));
    progress.end();
    process.stderr.write(`exported: ${counts.rooms} rooms, ${counts.messages} messages\n`);
    return EXIT.ok;
  } finally {
    await store.close();
  }
}

async function writeOut(lines: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(lines, process.stdout, { end: false });
  } catch (error) {
    if (error instanceof StorageError || error instanceof TransferError) throw error;
    throw new TransferError(`cannot write the export: ${(error as Error).message}`);
  }
}

/** Returns the node of a room that is named by its address or by its localpart. */
function nodeOf(room: string, domain: string): string {
  const jid = parseJid(room.includes("@") ? room : `${room}@${domain}`);
  if (jid?.local === undefined || jid.resource !== undefined || jid.domain !== domain)
    throw new UsageError(`"${room}" is not a room of ${domain}`);
  return jid.local;
}
