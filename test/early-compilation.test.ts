import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

const EARLY = new URL("../src/early-compilation.ts", import.meta.url).href;

it("early compilation is a flag that the V8 of this Node takes without a complaint", () => {
  const script = `(await import("${EARLY}")).compileEarly()`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(stderr).toBe("");
});
