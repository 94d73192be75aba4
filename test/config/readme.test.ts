// What the README tells an operator to copy is what the tests start the servers with.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");

test.each([
  ["lua", "docs/prosody.cfg.lua"],
  ["yaml", "docs/ejabberd.yml"],
])("its %s block is %s", (language, file) => {
  const [, block] = new RegExp(`^\`{3}${language}\n(.*?)^\`{3}$`, "ms").exec(read("README.md")) ?? [];
  expect(block).toBe(read(file));
});
