import { describe, expect, it } from "vitest";
import { WILDCARD_LIMITS, Wildcards, wildcardProblem } from "../../../src/muc/model/wildcards.ts";

const found = (pattern: string, text: string): boolean => new Wildcards([pattern]).find(text) === pattern;

describe("a pattern with wildcards", () => {
  it.each([
    ["spam", "spam"],
    ["SPAM", "spam"],
    ["spam", "SPAM"],
    ["ﬁne", "fine"],
    ["*", ""],
    ["**", "a"],
    ["*spam", "no spam"],
    ["spam*", "spam"],
    ["*spam*", "a spam b"],
    ["a*b*c", "a-b-b-c"],
    ["a*bc", "abbc"],
    ["a**b", "ab"],
    ["?", "?"],
    ["*.example.org", "sub.example.org"],
  ])("%j matches %j", (pattern, text) => expect(found(pattern, text)).toBe(true));

  it.each([
    ["spam", "spams"],
    ["spam", "a spam"],
    ["*spam", "spam!"],
    ["?", "a"],
    ["a*b", "abc"],
    ["ab*bc", "abc"],
    ["*ab*bc*", "abc"],
    ["a*b*c", "acb"],
    ["a.c", "abc"],
    ["[a-z]", "a"],
    ["*.example.org", "example.org"],
  ])("%j does not match %j", (pattern, text) => expect(found(pattern, text)).toBe(false));

  it("is found as it was written, the first that matches", () => {
    const list = new Wildcards(["x*", "SPAM*", "*"]);
    expect(list.find("spam and eggs")).toBe("SPAM*");
    expect(new Wildcards([]).find("")).toBeUndefined();
  });

  it("is compared with the beginning of a long text only", () => {
    const text = "a".repeat(WILDCARD_LIMITS.text);
    expect(found("*b", `${text}b`)).toBe(false);
    expect(found("*ab", `${text.slice(1)}b`)).toBe(true);
  });

  it("costs at most the product of both lengths", () => {
    // A pattern of many stars takes exponential time if every star is tried again.
    expect(found(`${"*a".repeat(60)}*b`, "a".repeat(WILDCARD_LIMITS.text))).toBe(false);
  });
});

describe("a list of patterns", () => {
  const { patterns, length, total } = WILDCARD_LIMITS;
  it("is accepted up to its limits", () => {
    expect(wildcardProblem([])).toBeUndefined();
    expect(wildcardProblem(Array.from({ length: patterns }, () => "a"))).toBeUndefined();
    expect(wildcardProblem(Array.from({ length: total / length }, () => "a".repeat(length)))).toBeUndefined();
  });

  it("is refused beyond them", () => {
    expect(wildcardProblem(Array.from({ length: patterns + 1 }, () => "a"))).toMatch(/at most 100 patterns/);
    expect(wildcardProblem(["a".repeat(length + 1)])).toMatch(/1 to 128/);
    expect(wildcardProblem([""])).toMatch(/1 to 128/);
    // Compatible forms may be longer: this one character becomes 18.
    expect(wildcardProblem(["\ufdfa".repeat(8)])).toMatch(/1 to 128/);
    const full = Array.from({ length: total / length }, () => "a".repeat(length));
    expect(wildcardProblem([...full, "a"])).toMatch(/together/);
  });
});
