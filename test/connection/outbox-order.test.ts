import { expect, test } from "vitest";
import { Outbox } from "../../src/connection/outbox.ts";
import { Effects } from "../../src/muc/model/effects.ts";
import { NO_RECORDS } from "../support/no-records.ts";

test("small and large texts leave in the order in which they were added, none is left behind", () => {
  const written: string[] = [];
  const outbox = new Outbox(
    { ...NO_RECORDS, commit() {} },
    { write: (text) => written.push(text), isFull: false },
    { failed: () => expect.fail(), unreadable: () => expect.fail() },
  );
  const texts = [
    "<a/>",
    `<b>${"b".repeat(100_000)}</b>`,
    "<c/>",
    `<d>${"d".repeat(100_000)}</d>`,
    "<e/>",
    "<f/>",
  ];
  for (const text of texts) {
    const effects = new Effects();
    effects.send(text);
    outbox.add(effects);
  }
  outbox.flush();
  expect(written.join("")).toBe(texts.join(""));
  expect(written.at(-1)).toBe("<e/><f/>");
});
