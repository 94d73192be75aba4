// verona export
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { Config } from "../config/config.ts";
import { parseJid } from "../xmpp/jid.ts";
import { exportLines } from "./export.ts";
import { openKept } from "./open-kept.ts";
import { Progress } from "./progress.ts";
import { TransferError } from "./source.ts";
import { UsageError } from "./usage.ts";

export interface ExportOptions {
  readonly all?: boolean | undefined;
  readonly output?: string | undefined;
}

/** Writes one room, or all, to a new file or to standard output, and how many to standard error. */
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
  const store = await openKept(config.storage);
  try {
    const progress = new Progress(process.stderr);
    const lines = exportLines(store, domain, node, (done) => progress.tell("exporting", done));
    // It tells everything about the rooms, their passwords too.
    const out =
      output === undefined ? process.stdout : createWriteStream(output, { flags: "wx", mode: 0o600 });
    const fault = once(out, "error").then(([error]) => {
      throw new TransferError(`cannot write the export: ${(error as Error).message}`);
    });
    fault.catch(() => {});
    for (;;) {
      const next = await lines.next();
      if (next.done) {
        if (out !== process.stdout) await Promise.race([finished(out.end()), fault]);
        progress.end();
        const { rooms, messages } = next.value;
        process.stderr.write(`exported: ${rooms} rooms, ${messages} messages\n`);
        return 0;
      }
      if (!out.write(next.value)) await Promise.race([once(out, "drain"), fault]);
    }
  } finally {
    await store.close();
  }
}

/** A room may be named by its address or by the localpart alone. */
function nodeOf(room: string, domain: string): string {
  const jid = parseJid(room.includes("@") ? room : `${room}@${domain}`);
  if (jid?.local === undefined || jid.resource !== undefined || jid.domain !== domain)
    throw new UsageError(`"${room}" is no room of ${domain}`);
  return jid.local;
}
