// Converse.js, the demo's web client. It is no dependency of the project: its package depends on folders inside itself,
// which npm 9 cannot install, and on its build tools, which its "dist" does not need.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

const PACKAGE = "converse.js@14.0.0";
const INTEGRITY =
  "sha512-LFUg030jDalV47vI/vyVPqYPZfJYXFbubq8v0cFDe2zXNeeGEk3Up0Fj/WTzT6t+6do+cAIToy73eAj7RNDj2Q==";
const CACHE = fileURLToPath(new URL("../node_modules/.cache", import.meta.url));

/** Returns the folder with the files of Converse.js. Downloads them from npm's registry if they are missing. */
export async function fetchConverse(): Promise<string> {
  const folder = join(CACHE, PACKAGE);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, "converse-"));
  try {
    // npm uses the machine's registry and proxy.
    const packed = await run("npm", ["pack", PACKAGE, "--silent", "--pack-destination", work]);
    await unpackDist(join(work, packed.stdout.trim()), INTEGRITY, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Unpacks the "dist" of an npm package to a new folder, unless another process has created it meanwhile. Throws if the
 * package has another integrity (SHA-512, as in package-lock.json).
 */
export async function unpackDist(tarball: string, integrity: string, folder: string): Promise<void> {
  const hash = createHash("sha512")
    .update(await readFile(tarball))
    .digest("base64");
  if (`sha512-${hash}` !== integrity) throw new Error(`${tarball} is not the package that was published`);
  const unpacked = await mkdtemp(`${folder}-`);
  await run("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components=2", "package/dist"]);
  await rename(unpacked, folder).catch(async (error: unknown) => {
    await rm(unpacked, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
}
