// What the README tells an operator to copy is what the tests start the servers with.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
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

test.each([
  ["docs/verona.service", "ExecStart=", /^ExecStart=(.*) run --config /m],
  ["docs/installation.md", "exec", /^exec (.*) "\$@"$/m],
])("the program that %s starts is there, by its %s line", (file, _line, pattern) => {
  const program = pattern.exec(read(file))?.[1]?.replaceAll("/opt/verona/", fileURLToPath(root)) ?? "";
  const [command = "", ...args] = program.split(" ");
  const config = fileURLToPath(new URL("config.example.json", root));
  const { status, stderr } = spawnSync(command, [...args, "check-config", "--config", config], {
    env: { PATH: process.env.PATH },
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
