// Stanzas for the component that the server routes elsewhere.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RoutingCheck } from "../../src/connection/routing-check.ts";
import { parse } from "../../src/xmpp/element.ts";

let written: string[];
let warned: unknown[][];
let loop: RoutingCheck;

beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  warned = [];
  loop = new RoutingCheck({
    domain: "chat.example",
    log: { warn: (...line: unknown[]) => void warned.push(line), debug() {} },
    write: (text) => void written.push(text),
  });
  loop.online();
});
afterEach(() => void vi.useRealTimers());

const comesBack = (text: string): boolean => loop.take(parse(text));

describe("XEP-0199 4.3: pings of the component to itself, through the server", () => {
  it("are a few at once on a new link, and none is logged or answered where all come back", () => {
    expect(written).toHaveLength(10);
    expect(written[0]).toMatch(
      /^<iq type="get" id="[^"]+" from="chat.example" to="chat.example"><ping xmlns="urn:xmpp:ping"\/><\/iq>$/,
    );
    expect(loop.hasPassed).toBe(false);
    expect(written.map(comesBack)).toEqual(written.map(() => true));
    expect(loop.hasPassed).toBe(true);
    vi.advanceTimersByTime(600_000);
    expect([warned, written.length]).toEqual([[], 10]);
  });

  it("are logged in one line, with the likely causes, where one of them does not come back in half a minute", () => {
    written.slice(1).forEach(comesBack);
    vi.advanceTimersByTime(29_999);
    expect(warned).toEqual([]);
    vi.advanceTimersByTime(600_000);
    expect(warned).toEqual([
      [
        { domain: "chat.example", sent: 10, missing: 1 },
        expect.stringMatching(/own MUC service may use the same domain, or several components share it/),
      ],
    ]);
    expect(loop.hasPassed).toBe(false);
  });

  it("have not come back where somebody else answers them", () => {
    const answers = written.map((ping) => ping.replace('type="get"', 'type="result"'));
    expect(answers.map(comesBack)).toEqual(answers.map(() => true));
    vi.advanceTimersByTime(30_000);
    expect(warned).toHaveLength(1);
  });

  it("are forgotten with the link, and sent anew on the next one", () => {
    loop.offline();
    vi.advanceTimersByTime(600_000);
    expect(warned).toEqual([]);
    loop.online();
    expect(written).toHaveLength(20);
    expect(written.slice(0, 10).map(comesBack).every(Boolean)).toBe(true);
    expect(loop.hasPassed).toBe(false);
  });

  it("leave every other stanza alone", () => {
    const [ping = ""] = written;
    expect(comesBack(ping.replace('from="chat.example"', 'from="a@b.example/c"'))).toBe(false);
    expect(comesBack(ping.replace('to="chat.example"', 'to="room@chat.example"'))).toBe(false);
    expect(comesBack(ping.replace(/id="[^"]*"/, 'id="loop"'))).toBe(false);
  });
});
