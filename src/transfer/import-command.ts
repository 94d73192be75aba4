// verona import
import { UsageError } from "../cli/errors.ts";
import { EXIT } from "../cli/exit-status.ts";
import { Progress } from "../cli/progress.ts";
import { onSignal, TERMINATION } from "../cli/signals.ts";
import type { Config, StorageConfig } from "../config/config.ts";
import { storageName } from "../config/storage-url.ts";
import { StorageError, type Store } from "../storage/store.ts";
import { ejabberdSource } from "./ejabberd/source.ts";
import { exportSource } from "./export-source.ts";
import { checkImport, type Existing, type ImportOptions, type ImportReport, runImport } from "./import.ts";
import { openConfiguredStore } from "./open-configured-store.ts";
import { prosodySource } from "./prosody/source.ts";
import { type Source, TransferError } from "./source.ts";

export interface ImportCommandOptions {
  readonly "dry-run"?: boolean | undefined;
  readonly replace?: boolean | undefined;
  readonly "skip-existing"?: boolean | undefined;
  readonly host?: string | undefined;
  readonly archive?: string | undefined;
}

/** The servers to import from, by the first operand. */
const SOURCES: Readonly<Record<string, (path: string, host: string, archive?: string) => Source>> = {
  prosody: prosodySource,
  ejabberd: ejabberdSource,
};

/** Checks a source, imports it unless it is a dry run, and prints a report. Resolves with the exit status. */
export async function runImportCommand(
  config: Config,
  operands: readonly string[],
  options: ImportCommandOptions,
): Promise<number> {
  const isDry = options["dry-run"] ?? false;
  const source = sourceOf(operands, options, config.component.domain);
  const progress = new Progress(process.stderr);
  const importOptions = {
    existing: existingOf(options),
    onProgress: (pass: string, done: number) => progress.show(pass, done),
  };
  const check = (store: Store) => checkImport(store, source, importOptions);
  try {
    // A source with faults must not create a database.
    const report = await withStore(config.storage, "pretend", check);
    if (!isDry)
      await withStore(config.storage, "create", (store) => write(store, source, importOptions, report));
    progress.end();
    process.stdout.write(describe(report, isDry, storageName(config.storage)));
    return report.losses.size === 0 ? EXIT.ok : EXIT.incomplete;
  } finally {
    progress.end();
  }
}

async function withStore<T>(
  storage: StorageConfig,
  missing: "pretend" | "create",
  action: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openConfiguredStore(storage, missing);
  try {
    return await action(store);
  } finally {
    await store.close();
  }
}

/** Imports. If that fails or is interrupted, says which room may be incomplete, and what to do about it. */
async function write(
  store: Store,
  source: Source,
  options: ImportOptions,
  report: ImportReport,
): Promise<void> {
  let latest: readonly string[] = [];
  const onCommit = (node: string): void => {
    latest = [...latest.slice(-1), node];
  };
  const advise = (): string => {
    const rooms = [...new Set(latest)].join(" and ");
    if (rooms === "") return "";
    const again =
      options.existing === "skip"
        ? "destroy it, and import again with --skip-existing"
        : "import again with --replace";
    return `; ${rooms} may be incomplete: ${again}`;
  };
  using _advice = onSignal(TERMINATION, () => {
    process.stderr.write(`\nverona: interrupted${advise()}\n`);
  });
  try {
    await runImport(store, source, { ...options, onCommit }, report);
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof TransferError)) throw error;
    throw new TransferError(`${error.message}${advise()}`, { cause: error });
  }
}

function sourceOf(
  operands: readonly string[],
  { host, archive }: ImportCommandOptions,
  domain: string,
): Source {
  const [first, second, ...more] = operands;
  if (first === undefined) throw new UsageError("import needs a file");
  if (second === undefined) {
    if (Object.hasOwn(SOURCES, first))
      throw new UsageError(`import ${first} needs a path or the address of a database`);
    for (const [name, value] of Object.entries({ host, archive }))
      if (value !== undefined) throw new UsageError(`--${name} is for imports from another server`);
    return exportSource(first);
  }
  const make = Object.hasOwn(SOURCES, first) ? SOURCES[first] : undefined;
  if (!make) throw new UsageError(`cannot import from "${first}"`);
  if (more.length > 0) throw new UsageError(`unexpected argument "${more[0]}"`);
  return make(second, host ?? domain, archive);
}

function existingOf({ replace, "skip-existing": skip }: ImportCommandOptions): Existing {
  if (replace && skip) throw new UsageError("--replace and --skip-existing exclude each other");
  if (replace) return "replace";
  return skip ? "skip" : "refuse";
}

function describe(
  { rooms, messages, destroyed, replaced, skipped, losses }: ImportReport,
  isDry: boolean,
  database: string,
): string {
  const verb = isDry ? "would import" : "imported";
  const lines = [`${verb}: ${rooms} rooms, ${messages} messages, into ${database}`];
  if (destroyed > 0) lines.push(`${verb}: ${destroyed} rooms that were destroyed`);
  if (replaced.length > 0) lines.push(`replaced: ${replaced.join(", ")}`);
  if (skipped.length > 0) lines.push(`skipped, because they already exist: ${skipped.join(", ")}`);
  if (losses.size > 0) lines.push("not carried over:");
  for (const [node, ofRoom] of losses)
    for (const what of ofRoom) lines.push(`  ${node === "" ? "" : `${node}: `}${what}`);
  return `${lines.join("\n")}\n`;
}
