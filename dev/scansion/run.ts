import { readFile } from "node:fs/promises";
import { connect } from "./client.ts";
import { parseScript, type Script, ScriptError } from "./parse.ts";
import { Player } from "./player.ts";
import { mapDomains } from "./template.ts";

const DEFAULT_TIMEOUT_MS = 5_000;

export interface RunOptions {
  readonly host: string;
  readonly port: number;
  /** Time limit for each awaited stanza and each login. */
  readonly timeoutMs?: number;
  /** Domains of the script and their replacements on the tested server. */
  readonly domainMap?: ReadonlyMap<string, string>;
  /** Connects a client. Tests replace it. */
  readonly connect?: typeof connect;
}

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly report: string };

/** Reads a script file. Throws a `ScriptError` whose message starts with the file and the line. */
export async function readScript(path: string): Promise<Script> {
  const text = await readFile(path, "utf8");
  try {
    return parseScript(text);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    throw new ScriptError(error.line, `${path}:${error.line}: ${error.message}`);
  }
}

/** Plays a script file. Throws a `ScriptError` with the file and the line if it is no valid script. */
export async function runFile(path: string, options: RunOptions): Promise<Outcome> {
  const script = mapDomains(await readScript(path), options.domainMap ?? new Map());
  const { host, port, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const player = new Player(script, { host, port, timeoutMs, connect: options.connect ?? connect });
  const failures = await player.play();
  if (failures.length === 0) return { ok: true };
  return { ok: false, report: failures.map(({ line, message }) => `${path}:${line}: ${message}`).join("\n") };
}

export { ScriptError };
