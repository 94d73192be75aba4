// package-lock.json is the same for every npm that people have: 9 (Debian's), 10 and 11.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

const names = z.record(z.string(), z.string()).optional();
const entry = z.looseObject({
  libc: z.unknown().optional(),
  resolved: z.unknown().optional(),
  optionalDependencies: names,
});
const lockFile = z.object({ packages: z.record(z.string(), entry) });

const { packages } = lockFile.parse(
  JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")),
);
const where = (wrong: (item: [string, z.infer<typeof entry>]) => boolean) =>
  Object.entries(packages)
    .filter(wrong)
    .map(([path]) => path);

// npm leaves them out where it finds node_modules while it writes the file; "npm ci" then refuses it.
test("has the packages of all platforms (mend: remove node_modules, run npx npm@10 install)", () => {
  const isThere = (name: string) =>
    Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`));
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !isThere(name));
  expect(missing).toEqual([]);
});

test("has no libc, which npm 9 and 10 would remove (mend: remove node_modules, run npx npm@10 install)", () => {
  expect(where(([, { libc }]) => libc !== undefined)).toEqual([]);
});

test("names no registry and no folder", () => {
  expect(where(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});
