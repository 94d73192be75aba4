import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseJson } from "../../src/config/json-syntax.ts";

test.each([
  ["", 1, 1, "a value"],
  ["{", 1, 2, "a key in double quotes"],
  ['{"a": 1,}', 1, 9, "a key in double quotes"],
  ['{"a": 1\n "b": 2}', 2, 2, '"," or "}"'],
  ["[1, 2\r\n", 2, 1, '"," or "]"'],
  ["[1, 02]", 1, 6, '"," or "]"'],
  ["// comment\n{}", 1, 1, "a value"],
  ["{'a': 1}", 1, 2, "a key in double quotes"],
  ['"a\nb"', 1, 3, "the double quote that ends the text"],
  ['"a\\x"', 1, 3, "a valid escape"],
  ["{} {}", 1, 4, "the end of the text"],
  ["nul", 1, 1, "a value"],
])("%j is not valid at line %i, column %i", (text, line, column, expected) => {
  expect(() => parseJson(text)).toThrow(
    new SyntaxError(`line ${line}, column ${column}: not valid JSON, expected ${expected}`),
  );
});

test("wherever a character is lost or turns up, the place that is reported is not after it", () => {
  const example = readFileSync(new URL("../../config.example.json", import.meta.url), "utf8");
  const extra = ["x", '"', "\\", "{", "]", "\u0000"];
  for (let at = 0; at < example.length; at += 1) {
    const texts = [
      example.slice(0, at),
      ...["", ...extra].map((c) => example.slice(0, at) + c + example.slice(at + 1)),
    ];
    for (const text of texts) {
      if (isJson(text)) continue;
      const [, line = 0, column = 0] = /^line (\d+), column (\d+):/.exec(messageOf(text))?.map(Number) ?? [];
      const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
      const offset = (lineStarts[line - 1] ?? Number.NaN) + column - 1;
      expect(offset).toBeLessThanOrEqual(text.length);
      // The text before the reported place is valid JSON, or the beginning of valid JSON.
      const before = text.slice(0, offset);
      if (!isJson(before)) expect(messageOf(before)).toContain(`line ${line}, column ${column}:`);
    }
  }
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function messageOf(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}
