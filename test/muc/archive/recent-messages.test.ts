import { expect, it } from "vitest";
import { versionsIn } from "../../../src/muc/archive/recent-messages.ts";
import { IMPORTED_CASES, VERSION_CASES } from "../../storage/version-cases.ts";

it.each([...VERSION_CASES, ...IMPORTED_CASES])(
  "XEP-0308 5 versions of a message in memory: $name",
  ({ said, retracted, hidden }) => {
    const messages = said.map(
      ([author, id, corrects, hasJid = true], index) =>
        [`s${index}`, { author, id, corrects, hasJid }] as const,
    );
    expect([...versionsIn(messages, `s${retracted}`)]).toEqual(hidden.map((index) => `s${index}`));
  },
);

it("XEP-0308 5 a message that is not known has no versions", () => {
  expect(versionsIn([], "s1")).toEqual(new Set());
});
