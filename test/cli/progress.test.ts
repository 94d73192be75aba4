import { describe, expect, it } from "vitest";
import { Progress } from "../../src/cli/progress.ts";

/** A progress with an output to look at; `now` in milliseconds. */
function progressTo(isTTY: boolean) {
  const clock = { now: 0 };
  let output = "";
  const write = (text: string) => {
    output += text;
  };
  return { clock, progress: new Progress({ isTTY, write }, () => clock.now), output: () => output };
}

describe("the progress of a command", () => {
  it("is a line for each tenth of a step where there is no terminal", () => {
    const { progress, output } = progressTo(false);
    for (const done of [0, 0.05, 0.1, 0.19, 0.37, 1, 1])
      progress.show("copied", done, `, ${done * 100} rooms`);
    progress.show("compared", 1);
    progress.end();
    expect(output().split("\n")).toEqual([
      "copied: 10 %, 10 rooms",
      "copied: 37 %, 37 rooms",
      "copied: 100 %, 100 rooms",
      "compared: 100 %",
      "",
    ]);
  });

  it("is a bar on a terminal, redrawn ten times a second and at the end, with a line for each step", () => {
    const { clock, progress, output } = progressTo(true);
    progress.show("copied", 0);
    progress.show("copied", 0.3);
    clock.now += 100;
    progress.show("copied", 0.5);
    progress.show("copied", 1);
    progress.show("compared", 1);
    progress.end();
    const bar = (full: number) => "#".repeat(full).padEnd(30, ".");
    expect(output().replaceAll("\x1b[K", "")).toBe(
      `\r[${bar(0)}] copied: 0 %\r[${bar(15)}] copied: 50 %\r[${bar(30)}] copied: 100 %\n` +
        `\r[${bar(30)}] compared: 100 %\n`,
    );
  });
});
