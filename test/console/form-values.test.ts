// What the fields of a form mean.
import { describe, expect, test } from "vitest";
import {
  fieldNamed,
  fieldsOf,
  kindOf,
  readFields,
  type Schema,
  textOf,
} from "../../src/console/form-values.ts";

const OPTIONS: Schema = {
  properties: {
    name: { type: "string" },
    moderated: { type: "boolean" },
    whois: { type: "string", enum: ["moderators", "anyone"] },
    maxUsers: { type: "integer" },
    roles: { type: "array", items: { type: "string", enum: ["visitor", "participant"] } },
    contacts: { type: "array", items: {} },
    password: { type: "string", format: "password" },
    changes: { type: "array", items: { type: "object" } },
    set: { type: "object", properties: { subject: { type: "string" } } },
  },
  required: ["name"],
};
const FIELDS = fieldsOf(OPTIONS, "");

const read = (texts: Record<string, string[]>, initial: Record<string, unknown> = {}) =>
  readFields(FIELDS, (path) => texts[path] ?? [], initial);

test("each type of a schema has its kind of field", () => {
  expect(FIELDS.map(({ schema }) => kindOf(schema))).toEqual([
    ...["text", "flag", "choice", "number", "choices", "lines", "secret", "json", "group"],
  ]);
});

describe("a form without initial values", () => {
  test("leaves out what is empty", () => {
    expect(read({ name: ["Coven"], moderated: [""], whois: [""], maxUsers: [""], contacts: [""] })).toEqual({
      ...{ kind: "values", values: { name: "Coven" } },
    });
  });

  test("reads the texts of each kind", () => {
    const texts = {
      ...{ name: ["Coven"], moderated: ["false"], whois: ["anyone"], maxUsers: ["12"], roles: ["visitor"] },
      ...{
        contacts: ["a@b.example\r\n\r\n c@d.example"],
        changes: ['[{"user":"a@b.example"}]'],
        "set.subject": ["a\r\nb"],
      },
    };
    expect(read(texts)).toEqual({
      kind: "values",
      values: {
        ...{ name: "Coven", moderated: false, whois: "anyone", maxUsers: 12, roles: ["visitor"] },
        ...{
          contacts: ["a@b.example", "c@d.example"],
          changes: [{ user: "a@b.example" }],
          set: { subject: "a\nb" },
        },
      },
    });
  });

  test.each([
    ["name", {}, "Fill in this field."],
    ["maxUsers", { name: ["a"], maxUsers: ["many"] }, "Write a whole number."],
    ["changes", { name: ["a"], changes: ["{"] }, "This is not JSON."],
  ])("says what is wrong with %s", (path, texts, text) => {
    expect(read(texts)).toEqual({ kind: "problem", path, text });
  });
});

describe("a form with initial values", () => {
  const initial = {
    ...{ name: "Coven", moderated: true, maxUsers: 3, roles: ["visitor"], contacts: ["a@b.example"] },
    ...{ password: "********", whois: "anyone" },
  };
  const shown = {
    ...{ name: ["Coven"], moderated: ["true"], whois: ["anyone"], maxUsers: ["3"], roles: ["visitor"] },
    ...{ contacts: ["a@b.example"], password: ["********"] },
  };

  test("reads what has changed, and what is required", () => {
    expect(read(shown, initial)).toEqual({ kind: "values", values: { name: "Coven" } });
    expect(read({ ...shown, maxUsers: ["4"] }, initial)).toMatchObject({ values: { maxUsers: 4 } });
  });

  test("takes a box that is not ticked, and emptied texts and lists, for changes", () => {
    const { moderated: _box, ...others } = shown;
    expect(read({ ...others, roles: [], contacts: [""], password: [""] }, initial)).toEqual({
      kind: "values",
      values: { name: "Coven", moderated: false, roles: [], contacts: [], password: "" },
    });
  });

  test("shows lists as lines", () => {
    expect(textOf({ type: "array", items: {} }, ["a", "b"])).toBe("a\nb");
    expect(textOf({ type: "integer" }, 0)).toBe("0");
    expect(textOf({ type: "string" }, undefined)).toBe("");
  });
});

test("the detail of a refusal names its field", () => {
  expect(fieldNamed(FIELDS, "name: expected a name; maxUsers: no")?.path).toBe("name");
  expect(fieldNamed(FIELDS, "set: subject: too long")?.path).toBe("set.subject");
  expect(fieldNamed(FIELDS, "The room forbids it")).toBeUndefined();
  expect(fieldNamed(FIELDS, "name")).toBeUndefined();
});
