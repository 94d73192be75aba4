// The tests start the servers with the configuration that the README tells an operator to copy.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";

const root = new URL("../../", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), "utf8");

test.each([
  ["lua", "docs/prosody.cfg.lua"],
  ["yaml", "docs/ejabberd.yml"],
])("its %s block is %s", (language, file) => {
  const [, block] = new RegExp(`^\`{3}${language}\n(.*?)^\`{3}$`, "ms").exec(read("README.md")) ?? [];
  expect(block).toBe(read(file));
});

test("docs/verona.service restarts the service soon, and does not give up for minutes", () => {
  const [unit = "", service = ""] = read("docs/verona.service").split(/^\[Service\]$/m);
  const restart = Number(/^RestartSec=(\d+)ms$/m.exec(service)?.[1]);
  const [interval, burst] = ["StartLimitIntervalSec=(\\d+)min", "StartLimitBurst=(\\d+)"].map((setting) =>
    Number(new RegExp(`^${setting}$`, "m").exec(unit)?.[1]),
  ) as [number, number];
  expect(restart).toBe(500);
  const soonest = (burst * restart) / 60_000;
  expect(soonest).toBeGreaterThan(5);
  expect(soonest).toBeLessThan(interval);
});

test("docs/verona.service starts the command that the package installs", () => {
  const [, program = "", command] =
    /^ExecStart=(\S+) (\S+) --config /m.exec(read("docs/verona.service")) ?? [];
  const { bin } = z.object({ bin: z.record(z.string(), z.string()) }).parse(JSON.parse(read("package.json")));
  expect({ folder: dirname(program), command }).toEqual({ folder: "/usr/local/bin", command: "run" });
  const config = fileURLToPath(new URL("config.example.json", root));
  const path = fileURLToPath(new URL(bin[basename(program)] ?? "", root));
  const { status, stderr } = spawnSync(process.execPath, [path, "check-config", "--config", config], {
    env: { PATH: process.env.PATH },
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
