import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ACT_KINDS } from "../../src/muc/model/act.ts";

it("docs/moderation.md names every kind of act that is recorded", () => {
  const page = readFileSync(new URL("../../docs/moderation.md", import.meta.url), "utf8");
  const section = page.slice(page.indexOf("## Records of acts"));
  expect(ACT_KINDS.filter((kind) => !section.includes(`\`${kind}\``))).toEqual([]);
});
