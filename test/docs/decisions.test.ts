// docs/decisions has a record for each decision, in the form that its README requires.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("../../docs/decisions/", import.meta.url));
const records = readdirSync(FOLDER).filter((name) => name !== "README.md");
const read = (name: string): string => readFileSync(FOLDER + name, "utf8");

const HEAD = /^# (\d{4}): (.+)\n\nDate: (\d{4}-\d{2}-\d{2})( \(.+\))?\n\n/;
const PARTS = ["Context", "Decision", "Alternatives", "Consequences"];

test("records are numbered without gaps, in the order of their dates", () => {
  expect(records.map((name) => name.slice(0, 4))).toEqual(
    records.map((_, index) => String(index + 1).padStart(4, "0")),
  );
  const dates = records.map((name) => HEAD.exec(read(name))?.[3]);
  expect(dates).toEqual(dates.toSorted());
});

test.each(records)("%s has number, title, date, context, decision and consequences", (name) => {
  const text = read(name);
  expect(text).toMatch(HEAD);
  expect(HEAD.exec(text)?.[1]).toBe(name.slice(0, 4));
  const parts = [...text.matchAll(/^## (.+)$/gm)].map(([, part]) => part);
  expect([PARTS, PARTS.filter((part) => part !== "Alternatives")]).toContainEqual(parts);
});

test("the list has every record with its date and title", () => {
  const listed = [...read("README.md").matchAll(/^\| \[(\d{4})\]\((.+)\) \| (.+) \| (.+) \|$/gm)];
  expect(listed.map((row) => row.slice(1))).toEqual(
    records.map((name) => {
      const [, number, title, date] = HEAD.exec(read(name)) ?? [];
      return [number, name, date, title];
    }),
  );
});
