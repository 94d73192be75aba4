import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openApiText } from "../../dev/open-api-text.ts";
import { operationsPage } from "../../dev/operations-page.ts";
import { CATALOGUE } from "../../src/operations/catalogue.ts";

test("docs/operations.md is current (npm run operations)", () => {
  expect(readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8")).toBe(operationsPage());
});

test("docs/openapi.json is current (npm run operations)", () => {
  expect(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8")).toBe(openApiText());
});

test("operations have unique names, and unique addresses in the HTTP API", () => {
  const names = CATALOGUE.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  const addresses = CATALOGUE.flatMap(({ http }) => http ?? []).map((http) => http.replace(/\{\w+\}/g, "{}"));
  expect(addresses).toEqual([...new Set(addresses)]);
});

test("no command begins another one, or the command line could not tell them apart", () => {
  const names = CATALOGUE.map(({ name }) => `${name}.`);
  for (const name of names) expect(names.filter((other) => other.startsWith(name))).toEqual([name]);
});
