import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { HEAP_FLAG } from "../src/heap.ts";

it("is a flag that V8 knows", () => {
  const options = execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" });
  expect(options).toContain(`${HEAP_FLAG.split("=")[0]} (`);
});
