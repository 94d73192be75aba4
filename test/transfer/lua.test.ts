import { describe, expect, test } from "vitest";
import { LuaSyntaxError, readLua } from "../../src/transfer/prosody/lua.ts";

describe("the reader of Lua data", () => {
  test("reads constants as Prosody writes them", () => {
    const text = String.raw`return { "a"; ["b c"] = -1.5e3, [7] = { nested = true; no = nil }; "\195\169\n\"\\\'\x41"; (1/0) };`;
    expect(readLua(text)).toEqual(
      new Map<string | number, unknown>([
        [1, "a"],
        ["b c", -1500],
        [
          7,
          new Map<string, unknown>([
            ["nested", true],
            ["no", undefined],
          ]),
        ],
        [2, "é\n\"\\'A"],
        [3, Number.POSITIVE_INFINITY],
      ]),
    );
    expect(readLua("item({});\n")).toEqual(new Map());
  });

  test.each([
    ["a call", 'return os.execute("true");'],
    ["a call as an entry", "return { f() };"],
    ["an expression", 'return "a" .. "b";'],
    ["more than one value", "return {}; return {};"],
    ["unterminated text", 'return "abc'],
    ["a table without its end", "return { 1; "],
    ["depth without end", `return ${"{".repeat(100_000)}`],
    ["nothing", ""],
  ])("takes %s for no data", (_what, text) => {
    expect(() => readLua(text)).toThrow(LuaSyntaxError);
  });
});
