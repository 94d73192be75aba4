// npm run lock: updates package-lock.json from package.json. The file is the same for every npm from 9 on.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** The keys are in npm's order, because parsing changes the order to this one. */
const lockFile = z.strictObject({
  name: z.string(),
  version: z.string(),
  lockfileVersion: z.literal(3),
  requires: z.literal(true),
  packages: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/**
 * Fields that are removed from each package. npm 9 and 10 do not write "libc". Because of "engines", npm of an old Node
 * warns, and leaves out packages that the Node of node_modules needs. "resolved" may name a registry of this machine.
 */
const REMOVED_FIELDS = ["libc", "engines", "resolved"];

// It runs in a folder of its own: beside node_modules, npm records the packages of this platform only.
const folder = mkdtempSync(join(tmpdir(), "verona-lock-"));
try {
  for (const name of ["package.json", "package-lock.json"])
    copyFileSync(join(ROOT, name), join(folder, name));
  execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts"], {
    cwd: folder,
    stdio: "inherit",
  });
  const lock = lockFile.parse(JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")));
  for (const entry of Object.values(lock.packages)) for (const name of REMOVED_FIELDS) delete entry[name];
  writeFileSync(join(ROOT, "package-lock.json"), `${JSON.stringify(lock, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
