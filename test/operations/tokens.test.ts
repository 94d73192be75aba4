import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { z } from "zod";
import { TokenKeeper } from "../../src/operations/tokens/token-keeper.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { OperationHarness } from "./harness.ts";

const withSecret = z.object({ secret: z.string() });

describe("operations on tokens", () => {
  let service: OperationHarness;
  beforeEach(() => {
    service = new OperationHarness();
  });

  it("make a token, and show its secret once and nowhere else", async () => {
    const made = await service.result("token.create", {
      ...{ token: "wiki", scope: "moderate", rooms: ["Coven", "coven@chat.example", "heath"], days: "30" },
    });
    expect(made).toMatchObject({
      ...{ token: "wiki", scope: "moderate", rooms: ["coven@chat.example", "heath@chat.example"] },
      secret: expect.stringMatching(/^verona_[0-9a-f]{12}_[\w-]{43}$/),
    });
    const listed = await service.result("token.list");
    expect(listed).toMatchObject({ tokens: [{ token: "wiki", scope: "moderate" }] });
    const { secret } = withSecret.parse(made);
    const stored = service.store.apiTokens();
    for (const text of [listed, stored, service.log].map((value) => JSON.stringify(value)))
      expect(text).not.toContain(secret.slice(20));
    expect(service.log).toEqual([expect.objectContaining({ operation: "token.create", token: "wiki" })]);
  });

  it("refuse a name twice, and rooms of another service", async () => {
    await service.result("token.create", { token: "wiki", scope: "read" });
    const refusal = async (params: object) =>
      (await service.refusal("token.create", { token: "other", scope: "read", ...params }))[0];
    expect(await refusal({ token: "wiki" })).toBe("conflict");
    expect(await refusal({ rooms: ["coven@other.example"] })).toBe("bad-request");
    expect(await refusal({ rooms: [] })).toBe("bad-request");
    expect(await refusal({ scope: "owner" })).toBe("bad-request");
    expect(await refusal({ token: "a\nb" })).toBe("bad-request");
  });

  it("revoke a token", async () => {
    await service.result("token.create", { token: "wiki", scope: "read" });
    await service.result("token.revoke", { token: "wiki" });
    expect(await service.result("token.list")).toEqual({ tokens: [] });
    expect((await service.refusal("token.revoke", { token: "wiki" }))[0]).toBe("item-not-found");
  });
});

describe("the keeper of tokens", () => {
  let store: SqliteStore;
  let time: number;
  let keeper: TokenKeeper;
  beforeEach(() => {
    store = new SqliteStore(IN_MEMORY);
    time = 1_000_000;
    keeper = new TokenKeeper(
      store,
      () => time,
      () => time,
    );
  });
  afterEach(() => store.close());
  const make = async (more: { expires?: number } = {}): Promise<string> =>
    (await keeper.create({
      ...{ name: "wiki", scope: "read", rooms: undefined },
      expires: undefined,
      ...more,
    })) ?? expect.fail("no secret");

  test("finds the token of a secret, and none of another", async () => {
    const secret = await make();
    expect(await keeper.find(secret)).toMatchObject({ name: "wiki", scope: "read" });
    const last = secret.at(-2) === "A" ? "B" : "A";
    for (const wrong of ["", "wiki", secret.slice(0, -1), `${secret.slice(0, -2)}${last}${secret.at(-1)}`])
      expect(await keeper.find(wrong)).toBeUndefined();
  });

  test("finds no token that has expired", async () => {
    const secret = await make({ expires: time + 1_000 });
    expect(await keeper.find(secret)).toBeDefined();
    time += 1_000;
    expect(await keeper.find(secret)).toBeUndefined();
  });

  test("finds no token that was revoked: here at once, elsewhere within two seconds", async () => {
    const secret = await make();
    const elsewhere = new TokenKeeper(
      store,
      () => time,
      () => time,
    );
    expect(await elsewhere.find(secret)).toBeDefined();
    expect(await keeper.find(secret)).toBeDefined();
    await keeper.revoke("wiki");
    expect(await keeper.find(secret)).toBeUndefined();
    time += 2_000;
    expect(await elsewhere.find(secret)).toBeUndefined();
  });

  test("asks the store at most every two seconds, however many wrong secrets come", async () => {
    const secret = await make();
    let reads = 0;
    const counted = new TokenKeeper(
      {
        addApiToken: () => true,
        removeApiToken: () => true,
        useApiToken: () => {},
        apiTokens: () => {
          reads += 1;
          return store.apiTokens();
        },
      },
      () => time,
      () => time,
    );
    for (let count = 0; count < 20; count++) await counted.find(secret.replace(/.$/, String(count % 10)));
    expect(reads).toBe(1);
  });

  test("notes the use of a token once a minute", async () => {
    const secret = await make();
    const used = () => store.apiTokens()[0]?.used;
    await keeper.find(secret);
    expect(used()).toBe(time);
    time += 59_000;
    await keeper.find(secret);
    expect(used()).toBe(time - 59_000);
    time += 1_000;
    await keeper.find(secret);
    expect(used()).toBe(time);
  });

  test("passes on that the store cannot be read, and asks again", async () => {
    let fault: Error | undefined = new Error("away");
    const broken = new TokenKeeper({
      addApiToken: () => true,
      removeApiToken: () => true,
      useApiToken: () => {},
      apiTokens: () => {
        if (fault) throw fault;
        return store.apiTokens();
      },
    });
    const secret = await make();
    await expect(broken.find(secret)).rejects.toThrow("away");
    fault = undefined;
    expect(await broken.find(secret)).toBeDefined();
  });
});
