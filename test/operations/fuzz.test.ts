// Every operation answers whatever it is asked, and store and memory agree afterwards.
import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { CATALOGUE } from "../../src/operations/catalogue.ts";
import type { Operation } from "../../src/operations/operation.ts";
import { populated } from "./examples.ts";
import { ROOM } from "./harness.ts";

const SEED = Number(process.env.PROPERTY_SEED ?? 45);
const RUNS = Number(process.env.OPERATION_RUNS ?? 100);
const CALLS = 12;

/** Not called: a backup writes to any path. */
const LEFT_OUT = ["backup"];
/** Lines of a stream that are read: some streams have no end. */
const MOST_LINES = 500;

const USERS = [
  "crone1@shakespeare.example",
  "hag66@shakespeare.example",
  "macbeth@other.example",
  "spam.example",
];
const ROOMS = [
  "coven",
  ROOM,
  "heath@chat.example",
  "HEATH",
  "moor",
  "nowhere",
  "coven@other.example",
  "@",
  "a/b",
];
const NICKS = ["firstwitch", "thirdwitch", "Weather", "", " ", "(room)", "x".repeat(2_000)];
const TEXTS = ["Fire", "", "\0\u0001\ufffe\ud800", "<x/>&\"']]>", "x".repeat(20_000), ...USERS];

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly anyOf?: readonly Schema[];
}

const garbage = fc.oneof(
  fc.constantFrom(undefined, null, "", 0, -1, 1e300, true, [], {}, [null], [[]], { a: 1 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.json({ maxDepth: 2 }),
);

/** Values of a parameter: mostly such that fit. */
function valuesOf(name: string, schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 19, arbitrary: fitting(name, schema) }, { weight: 1, arbitrary: garbage });
}

function fitting(name: string, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => fitting(name, each)));
  if (schema.type === "array") return fc.array(valuesOf(name, schema.items ?? {}), { maxLength: 4 });
  if (schema.type === "boolean") return fc.boolean();
  if (schema.type === "integer" || schema.type === "number") return fc.integer({ min: -2, max: 1_001 });
  if (schema.type === "object" && schema.propertyNames?.enum)
    return fc.dictionary(fc.constantFrom(...schema.propertyNames.enum.map(String)), optionValue, {
      maxKeys: 4,
    });
  if (schema.type === "object") return paramsOf(schema);
  if (/room|^to$|after|venue/i.test(name)) return fc.constantFrom(...ROOMS);
  if (/user|owner|account/i.test(name))
    return fc.oneof(fc.constantFrom(...USERS), fc.constantFrom(...USERS), fc.constantFrom(...ROOMS));
  if (/nick/i.test(name)) return fc.constantFrom(...NICKS);
  if (/before/i.test(name))
    return fc.constantFrom("2026-01-31T12:00:00Z", "2026-99-99", "1970-01-01T00:00:00Z");
  return fc.constantFrom(...TEXTS);
}

const optionValue = fc.oneof(
  fc.boolean(),
  fc.integer({ min: -1, max: 100 }),
  fc.constantFrom(...TEXTS, "anyone", "moderators", "none"),
  fc.array(fc.constantFrom("moderator", "none", ...USERS), { maxLength: 3 }),
);

function paramsOf(schema: Schema): fc.Arbitrary<Record<string, unknown>> {
  const each = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, valuesOf(name, property)] as const,
  );
  return fc.record(Object.fromEntries(each), {
    requiredKeys: [...(schema.required ?? [])],
  });
}

const OPERATIONS: readonly Operation[] = CATALOGUE.filter(({ name }) => !LEFT_OUT.includes(name));

const NAMES = OPERATIONS.map(({ name }) => name);

const random = fc.constantFrom(...OPERATIONS).chain((operation) => {
  const schema: Schema = Object(z.toJSONSchema(operation.params, { io: "input", unrepresentable: "any" }));
  return fc.record({ name: fc.constant(operation.name), params: paramsOf(schema) });
});

/** Random calls, and some that succeed. */
const call = fc.oneof(
  { weight: 6, arbitrary: random },
  { weight: 1, arbitrary: fc.constantFrom(...NAMES).map((name) => ({ name, params: undefined })) },
);

it("answers any parameters, without a fault, and keeps what it has changed", {
  timeout: 300_000,
}, async () => {
  const property = fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: CALLS }), async (calls) => {
    const { service, example } = await populated();
    for (const { name, params = example(name) } of calls) {
      const outcome = await service.call(name, params);
      const kind = outcome.kind === "refused" ? outcome.error.condition : outcome.kind;
      expect(kind, `${name} ${JSON.stringify(params)}`).not.toBe("internal-server-error");
      const operation = CATALOGUE.find((each) => each.name === name);
      if (outcome.kind === "refused")
        expect(
          ["bad-request", ...(operation?.refusals ?? [])],
          `${name} ${JSON.stringify(params)}`,
        ).toContain(kind);
      if (outcome.kind === "result") expect(operation?.result.safeParse(outcome.value).success).toBe(true);
      if (outcome.kind === "stream") {
        let lines = 0;
        for await (const line of outcome.lines) {
          expect(operation?.result.safeParse(line).success).toBe(true);
          lines += 1;
          if (lines === MOST_LINES) break;
        }
      }
      await service.expectKept();
    }
    service.store.close();
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
});

it.each(OPERATIONS)("$name succeeds with fitting parameters", async ({ name, isStream }) => {
  const { service, example } = await populated();
  expect((await service.call(name, example(name))).kind).toBe(isStream ? "stream" : "result");
  await service.expectKept();
  service.store.close();
});

it.each(OPERATIONS)("$name succeeds with fitting parameters", async ({ name, isStream }) => {
  const { service, example } = await populated();
  expect((await service.call(name, example(name))).kind).toBe(isStream ? "stream" : "result");
  await service.expectKept();
  service.store.close();
});
