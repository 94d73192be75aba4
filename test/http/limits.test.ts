// What one client can do to others.
import { connect } from "node:net";
import { setImmediate as immediate } from "node:timers/promises";
import { describe, expect, it, onTestFinished, test, vi } from "vitest";
import { RequestLimits } from "../../src/http/request-limits.ts";
import { refuse } from "../../src/xmpp/result.ts";
import { errors } from "../../src/xmpp/stanza-error.ts";
import { say } from "../../src/xmpp/text.ts";
import { eventually } from "../support/eventually.ts";
import { Api, stubOperations } from "./api.ts";

/** Sends text to the API, and resolves with all that comes until the connection ends. */
function talk(port: number, text: string): { readonly answer: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  let read = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    read += chunk;
  });
  socket.on("error", () => {});
  socket.write(text);
  return { answer: new Promise((resolve) => void socket.on("close", () => resolve(read))) };
}

describe("limits", () => {
  test("a token that sends too much waits, and others do not", async () => {
    const api = await Api.open();
    const [greedy, other] = [await api.token("read"), await api.token("read", undefined, "other")];
    const answers: number[] = [];
    let last = await api.ask("GET /v1/status", { token: greedy });
    for (let count = 0; count < 3_000 && last.status === 200; count++) {
      last = await api.ask("GET /v1/status", { token: greedy });
      answers.push(last.status);
    }
    expect(answers.length).toBeGreaterThanOrEqual(99);
    expect(last).toMatchObject({ status: 429, body: { condition: "policy-violation" } });
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await api.ask("GET /v1/status", { token: other })).status).toBe(200);
  });

  test("a token has eight requests at a time, and others do not wait for it", async () => {
    const waiting = Promise.withResolvers<void>();
    let calls = 0;
    const operations = stubOperations(async (_name, _params, { name }) => {
      calls += 1;
      if (name === "token read") await waiting.promise;
      return { kind: "result", value: {} };
    });
    const api = await Api.open({ operations });
    const [greedy, other] = [await api.token("read"), await api.token("read", undefined, "other")];
    const asked = Array.from({ length: 8 }, () => api.ask("GET /v1/status", { token: greedy }));
    await eventually(() => expect(calls).toBe(8));
    expect(await api.refusal("GET /v1/status", { token: greedy })).toEqual([429, "policy-violation"]);
    expect((await api.ask("GET /v1/status", { token: other })).status).toBe(200);
    waiting.resolve();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect((await api.ask("GET /v1/status", { token: greedy })).status).toBe(200);
  });

  test("a request counts until its answer is read or its client has gone", async () => {
    const operations = stubOperations(async () => ({
      kind: "stream",
      lines: (async function* () {
        for (;;) yield "a".repeat(100_000);
      })(),
    }));
    const api = await Api.open({ operations });
    const token = await api.token("read");
    const open = await Promise.all(Array.from({ length: 8 }, () => api.fetch("GET /v1/status", { token })));
    expect(await api.refusal("GET /v1/status", { token })).toEqual([429, "policy-violation"]);
    await open[0]?.body?.cancel();
    await eventually(async () => {
      const response = await api.fetch("GET /v1/status", { token });
      await response.body?.cancel();
      expect(response.status).toBe(200);
    });
  });

  test("a token has a burst of 100 requests, and then 20 in a second", () => {
    const limits = new RequestLimits();
    const ask = (now: number): boolean => {
      const admission = limits.admit("token", now);
      if (admission.kind === "admitted") admission.end();
      return admission.kind === "admitted";
    };
    expect(Array.from({ length: 101 }, () => ask(0)).filter((isAdmitted) => isAdmitted)).toHaveLength(100);
    expect(ask(49)).toBe(false);
    expect(ask(51)).toBe(true);
    expect(ask(51)).toBe(false);
  });

  it("of all requests is 64", () => {
    const limits = new RequestLimits();
    const ends = Array.from({ length: 64 }, (_, index) => limits.admit(`token ${index % 8}`, 0));
    expect(limits.active).toBe(64);
    const refused = limits.admit("another", 0);
    expect(refused).toMatchObject({ kind: "refused", answer: { status: 503 } });
    for (const admission of ends) if (admission.kind === "admitted") admission.end();
    expect(limits.admit("another", 0).kind).toBe("admitted");
    expect(limits.active).toBe(1);
  });
});

describe("a refusal that a broken client would meet again and again", () => {
  test("comes after a tenth of a second", async () => {
    const api = await Api.open();
    const token = await api.token("read");
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    let isAnswered = false;
    const asked = api.ask("GET /v1/status", { token: `${token.slice(0, -5)}wrong` }).finally(() => {
      isAnswered = true;
    });
    for (let turn = 0; turn < 2_000; turn++) await immediate();
    expect(isAnswered).toBe(false);
    vi.advanceTimersByTime(100);
    expect((await asked).status).toBe(401);
  });
});

describe("a connection", () => {
  it("that sends its headers slowly is closed, and costs nobody else anything", {
    timeout: 30_000,
  }, async () => {
    const api = await Api.open();
    const token = await api.token("read");
    const slow = Array.from({ length: 50 }, () =>
      talk(api.port, "GET /v1/status HTTP/1.1\r\nHost: a\r\nX-A: "),
    );
    expect((await api.ask("GET /v1/status", { token })).status).toBe(200);
    const answers = await Promise.all(slow.map(({ answer }) => answer));
    expect(new Set(answers.map((answer) => answer.split("\r\n", 1)[0]))).toEqual(
      new Set(["HTTP/1.1 408 Request Timeout"]),
    );
  });

  test.each([
    ["no HTTP", "verona\r\n\r\n", "400"],
    ["headers of 20 KiB", `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`, "431"],
  ])("with %s is answered and closed", async (_what, text, status) => {
    const api = await Api.open();
    const { answer } = talk(api.port, text);
    expect(await answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*application/problem\\+json`, "s"));
  });

  it("without a token makes the service read no body", async () => {
    let calls = 0;
    const operations = stubOperations(async () => {
      calls += 1;
      return refuse(errors.forbidden(say`no`));
    });
    const api = await Api.open({ operations });
    const head = "POST /v1/rooms/coven/affiliations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    const { answer } = talk(
      api.port,
      `${head}Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n{`,
    );
    expect(await answer).toMatch(/^HTTP\/1.1 401 /);
    expect(calls).toBe(0);
  });
});
