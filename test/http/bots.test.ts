import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ROOM } from "../operations/harness.ts";
import { Api } from "./api.ts";

const OWNER = "crone1@shakespeare.example/desktop";

let api: Api;
let path: string;
beforeEach(async () => {
  api = await Api.open();
  await api.harness.enter(OWNER, "firstwitch");
  const made = await api.harness.result("bot.create", { room: ROOM, nickname: "Graymalkin" });
  path = z.object({ path: z.string() }).parse(made).path;
});

describe("the address of a bot", () => {
  it("takes messages without another token", async () => {
    await api.harness.sent();
    const { status, body } = await api.ask(`POST ${path}`, { body: { text: "I come" } });
    expect([status, body]).toEqual([200, { id: expect.any(String) }]);
    const [message] = await api.harness.sent();
    expect(message?.getChild("body")?.getText()).toBe("I come");
  });

  it.each([
    [undefined, 400],
    [{}, 400],
    [{ text: "" }, 400],
    [{ text: 1 }, 400],
    [{ text: "I come", nickname: "firstwitch" }, 400],
    [{ text: "x".repeat(200_000) }, 413],
    ['{"text":', 400],
  ])("refuses %j", async (body, status) => {
    expect((await api.refusal(`POST ${path}`, { body }))[0]).toBe(status);
    expect(api.faults).toEqual([]);
  });

  it("is as if it were not there with another secret, or another room, and such tries are noted", async () => {
    const [, token = ""] = /bots\/([^/]+)/.exec(path) ?? [];
    const [room = "", secret = ""] = token.split(".");
    const nowhere = Buffer.from("nowhere").toString("base64url");
    for (const wrong of [
      `${room}.${secret.split("").reverse().join("")}`,
      `${nowhere}.${secret}`,
      "nonsense",
    ]) {
      const answer = await api.refusal(`POST /v1/bots/${wrong}/messages`, { body: { text: "I come" } });
      expect(answer).toEqual([404, "item-not-found"]);
    }
    expect(api.wrong).toHaveLength(3);
  });

  it("says when a bot sends too much", async () => {
    const answers: number[] = [];
    for (let count = 0; count < 61; count += 1)
      answers.push((await api.ask(`POST ${path}`, { body: { text: "I come" } })).status);
    expect(new Set(answers.slice(0, 60))).toEqual(new Set([200]));
    expect(answers[60]).toBe(429);
  });
});
