// Every operation through each of its doors. The HTTP API has its own test (test/http/open-api.test.ts).
import { describe, expect, it } from "vitest";
import { OPERATION_COMMANDS } from "../../src/admin/operation-commands.ts";
import { dashed, readOperationArguments } from "../../src/commands/operation-arguments.ts";
import { findCall } from "../../src/commands/operation-command.ts";
import { answerControl } from "../../src/control/answer-control.ts";
import { CATALOGUE } from "../../src/operations/catalogue.ts";
import { optionsOf } from "../../src/operations/operation-options.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { textTag } from "../../src/xmpp/tag.ts";
import { EXAMPLES, populated } from "./examples.ts";
import { ADMIN, DOMAIN } from "./harness.ts";

/** It writes to a path: test/transfer/backup.test.ts. */
const OPERATIONS = CATALOGUE.filter(({ name }) => name !== "backup");

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

it("every operation has an example", () => {
  expect(Object.keys(EXAMPLES).toSorted()).toEqual(OPERATIONS.map(({ name }) => name).toSorted());
});

describe("on the command line", () => {
  it.each(OPERATIONS)(
    "$name is read from its words, and answers on the control socket",
    async (operation) => {
      const { service, example } = await populated();
      const params = example(operation.name);
      const words = optionsOf(operation).flatMap(({ name, kind }) => {
        const value = params[name];
        if (value === undefined) return [];
        if (kind === "flag") return value === true ? [`--${dashed(name)}`] : [];
        const texts = kind === "list" && Array.isArray(value) ? value : [value];
        if (kind === "pairs")
          return Object.entries(value as object).flatMap(([key, each]) => [
            `--${dashed(name)}`,
            `${key}=${textOf(each)}`,
          ]);
        return texts.flatMap((text) => [`--${dashed(name)}`, textOf(text)]);
      });
      const call = findCall([...operation.name.split("."), ...words]);
      if (!call) return expect.fail("no command");
      const read = readOperationArguments(call.operation, call.words);
      const request = { operation: operation.name, params: read.params, by: "operator" };
      const lines: Record<string, unknown>[] = [];
      for await (const line of answerControl(service.runner, JSON.stringify(request)))
        lines.push(JSON.parse(line));
      expect(lines.at(-1)).toHaveProperty("result");
      if (operation.isStream) expect(lines.length).toBeGreaterThan(1);
      service.store.close();
    },
  );
});

describe("as an ad-hoc command (XEP-0050)", () => {
  it.each(OPERATION_COMMANDS)("$node runs with the values of its form", async ({ node }) => {
    const { service, example } = await populated();
    const operation = CATALOGUE.find(({ name }) => `verona#${name}` === node);
    if (!operation) return expect.fail("no operation");
    const params = { FORM_TYPE: node, "verona#confirm": true, ...example(operation.name) };
    const fields = Object.entries(params).map(([name, value]) => {
      const isList = optionsOf(operation).find((option) => option.name === name)?.kind === "list";
      const values = isList && Array.isArray(value) ? value : [value];
      return `<field var="${name}">${values.map((each) => textTag("value", textOf(each))).join("")}</field>`;
    });
    const form = `<x xmlns="${NS.dataForms}" type="submit">${fields.join("")}</x>`;
    const command = `<command xmlns="${NS.commands}" node="${node}">${form}</command>`;
    const sent = await service.send(`${ADMIN}/cell`, `<iq type="set" id="c" to="${DOMAIN}">${command}</iq>`);
    const reply = sent.find(({ attrs }) => attrs.id === "c");
    expect(reply?.getChild("command")?.attrs.status, String(reply)).toBe("completed");
    service.store.close();
  });
});
