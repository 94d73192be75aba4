// A server that stops reading or disappears while its connection stays open.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LinkWatchdog } from "../../src/connection/link-watchdog.ts";

let done: string[];
let link: { online: boolean; writesFlushed: number; readsDone: number; waiting: number };
let isPaused: boolean;
let answers: boolean;
let watch: LinkWatchdog;

beforeEach(() => {
  vi.useFakeTimers();
  done = [];
  isPaused = false;
  answers = true;
  const acts = ["readSome", "sendWhitespace", "abandon"] as const;
  const deeds = Object.fromEntries(acts.map((act) => [act, () => void done.push(act)]));
  const fake = {
    ...{ online: true, writesFlushed: 0, readsDone: 0, waiting: 0 },
    ...(deeds as Record<(typeof acts)[number], () => void>),
  };
  link = fake;
  watch = new LinkWatchdog(fake, {
    isPaused: () => isPaused,
    ask() {
      if (answers) done.push("ask");
      return answers;
    },
  });
  watch.start();
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

describe("a link from which stanzas are read", () => {
  it("is given up when the server has taken nothing of what waits for a minute", () => {
    link.waiting = 1000;
    vi.advanceTimersByTime(55_000);
    expect(done).toEqual([]);
    vi.advanceTimersByTime(5_000);
    expect(done).toEqual(["abandon"]);
  });

  it("stays while the server takes something, however slowly and whatever it sends", () => {
    link.waiting = 1000;
    for (let seconds = 0; seconds < 600; seconds += 5) {
      link.writesFlushed += 1;
      vi.advanceTimersByTime(5_000);
    }
    expect(done).toEqual([]);
  });

  it("is tried after a minute without a stanza, and given up when two more minutes bring nothing", () => {
    vi.advanceTimersByTime(175_000);
    expect(done).toEqual(["ask", "ask"]);
    vi.advanceTimersByTime(5_000);
    expect(done).toEqual(["ask", "ask", "abandon"]);
  });

  it("stays while something comes, and nobody is asked", () => {
    for (let seconds = 0; seconds < 600; seconds += 50) {
      link.readsDone += 1;
      vi.advanceTimersByTime(50_000);
    }
    expect(done).toEqual([]);
  });

  it("stays for ever in silence where the server is not known to answer", () => {
    answers = false;
    vi.advanceTimersByTime(3_600_000);
    expect(done).toEqual([]);
  });

  it("is not judged while there is none", () => {
    link.online = false;
    link.waiting = 1000;
    vi.advanceTimersByTime(3_600_000);
    expect(done).toEqual([]);
  });
});

describe("a link from which nothing is read", () => {
  beforeEach(() => {
    isPaused = true;
  });

  it("lets a little through every five seconds where the server takes nothing, and is given up after a minute", () => {
    link.waiting = 1000;
    vi.advanceTimersByTime(55_000);
    expect(done).toEqual(Array.from({ length: 11 }, () => "readSome"));
    vi.advanceTimersByTime(5_000);
    expect(done.at(-1)).toBe("abandon");
  });

  it("stays as long as it takes for the database: nothing waits for the server, which is asked whether it is there", () => {
    vi.advanceTimersByTime(600_000);
    expect(done).toEqual(Array.from({ length: 120 }, () => "sendWhitespace"));
  });
});
