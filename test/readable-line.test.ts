import { expect, test } from "vitest";
import { readableLine } from "../src/readable-line.ts";

const time = new Date(2026, 10, 28, 22, 3, 9).getTime();
const line = (entry: object): string =>
  readableLine(JSON.stringify({ level: 30, time, name: "verona", ...entry }));

test("a line for a terminal has the local time, the level, the message and the facts", () => {
  expect(
    line({ msg: "online", domain: "a.example", port: 5347, users: ["b@c"], empty: "", said: "two words" }),
  ).toBe(
    '2026-11-28 22:03:09 INFO online  domain=a.example  port=5347  users=["b@c"]  empty=""  said="two words"\n',
  );
});

test("a fault has its stack on lines of its own", () => {
  expect(
    line({ level: 50, msg: "lost", err: { type: "Error", message: "no", stack: "Error: no\n    at x" } }),
  ).toBe("2026-11-28 22:03:09 ERROR lost\nError: no\n    at x\n");
});

test("nothing that users wrote commands the terminal, hides or reorders text, or begins a line", () => {
  const room = "a\u001b[2Jb\u009bc\u202ed\u2028e\nf\u{e0041}";
  const text = line({ msg: "room created", room });
  expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
  expect(text).toContain("\\u001b[2Jb\\u009bc\\u202ed\\u2028e\\nf\\u{e0041}");
});
