// package-lock.json is the same for the npm versions in use: 9 (Debian's), 10 and 11. "npm run lock" repairs it.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

const names = z.record(z.string(), z.string()).optional();
const lockFile = z.object({ packages: z.record(z.string(), z.looseObject({ optionalDependencies: names })) });
const { packages } = lockFile.parse(
  JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")),
);

// npm omits the other platforms if node_modules exists while it writes the file; "npm ci" then refuses the file.
test("has the packages of all platforms", () => {
  const isThere = (name: string) =>
    Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`));
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !isThere(name));
  expect(missing).toEqual([]);
});

test.each([
  ["libc", "npm 9 and 10 remove it"],
  ["engines", "npm of an older Node warns, and leaves out packages that the Node of node_modules needs"],
  ["resolved", "it names a registry"],
])("has no %s, as %s", (field) => {
  expect(Object.keys(packages).filter((path) => packages[path]?.[field] !== undefined)).toEqual([]);
});
