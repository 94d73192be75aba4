import { execFileSync, spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { compactionFlag } from "../src/heap-compaction.ts";

const HEAP = new URL("../src/heap-compaction.ts", import.meta.url).href;

it("is a flag that V8 of Node 26 knows, and none for Node 24", () => {
  expect(compactionFlag("24.21.0")).toBeUndefined();
  const flag = compactionFlag("26.0.0");
  const options = execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" });
  expect(options.includes(`${flag?.split("=")[0]} (`)).toBe(
    compactionFlag(process.versions.node) !== undefined,
  );
});

it("is taken by the V8 of this Node without a complaint", () => {
  const script = `(await import("${HEAP}")).raiseHeapCompaction()`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(stderr).toBe("");
});
