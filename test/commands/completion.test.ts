import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { completionScript } from "../../src/commands/completion.ts";

/** Returns what bash offers after some words; the last one is being written. */
function offered(...words: string[]): string[] {
  const script = `${completionScript("bash")}
COMP_WORDS=(verona ${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length}
_verona
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8" }).split("\n").filter(Boolean);
}

describe("completion in bash", () => {
  test("offers commands, then their second words", () => {
    expect(offered("")).toEqual(expect.arrayContaining(["run", "room", "rooms", "status"]));
    expect(offered("roo")).toEqual(["rooms", "room"]);
    expect(offered("room", "de")).toEqual(["destroy"]);
  });

  test("offers the options of an operation, also after its operands", () => {
    expect(offered("room", "destroy", "--")).toEqual(
      expect.arrayContaining(["--venue", "--reason", "--yes"]),
    );
    expect(offered("room", "destroy", "coven", "--v")).toEqual(["--venue"]);
    expect(offered("rooms", "list", "--y")).toEqual([]);
  });

  test("is refused for an unknown shell", () => {
    expect(() => completionScript("fish")).toThrow("completion needs one of bash, zsh");
  });
});
