// Whether a received stanza is what a template asks for, and if not, why.
import { type Element, namespaceOf } from "../xmpp/element.ts";

const STRICT = "scansion:strict";
const ANY = "{scansion:any}";
const CAPTURE = /^\{scansion:capture:(\w+)\}$/;

/** Captured values by name, filled while matching. */
export type Captures = Map<string, string>;

/** How the stanza differs from the template, one line each; empty where it matches. Captures of a match are kept. */
export function differences(template: Element, received: Element, captures: Captures): string[] {
  const found: Captures = new Map();
  const result = compare(template, received, template.name, false, found);
  if (result.length === 0) for (const [name, value] of found) captures.set(name, value);
  return result;
}

function compare(
  template: Element,
  received: Element,
  path: string,
  inherited: boolean,
  captures: Captures,
): string[] {
  const strict = strictness(template, inherited);
  if (template.getName() !== received.getName() || namespaceOf(template) !== namespaceOf(received)) {
    return [`${path}: expected ${describe(template)}, came ${describe(received)}`];
  }
  return [
    ...compareAttributes(template, received, path, strict, captures),
    ...compareText(template, received, path, strict, captures),
    ...compareChildren(template, received, path, strict, captures),
  ];
}

/** The mark on the element itself, else that of the elements around it. */
function strictness(template: Element, inherited: boolean): boolean {
  const own = template.attrs[STRICT];
  return own === undefined ? inherited : own === "true";
}

function attributesOf(element: Element): [string, string][] {
  return Object.entries(element.attrs).filter(([name]) => !/^(xmlns(:.*)?|scansion:.*)$/.test(name));
}

function compareAttributes(
  template: Element,
  received: Element,
  path: string,
  strict: boolean,
  captures: Captures,
): string[] {
  const expected = attributesOf(template);
  const result = expected.flatMap(([name, value]) => {
    const came = received.attrs[name];
    if (came !== undefined && matchesText(value, came, captures)) return [];
    const shown = came === undefined ? "no such attribute" : JSON.stringify(came);
    return [`${path}@${name}: expected ${JSON.stringify(value)}, came ${shown}`];
  });
  if (!strict) return result;
  const more = attributesOf(received).filter(([name]) => name !== "xml:lang" && !(name in template.attrs));
  return [
    ...result,
    ...more.map(([name, value]) => `${path}@${name}: nothing expected, came ${JSON.stringify(value)}`),
  ];
}

function compareText(
  template: Element,
  received: Element,
  path: string,
  strict: boolean,
  captures: Captures,
): string[] {
  const expected = ownText(template);
  const came = ownText(received);
  if (expected === "" ? !strict || came === "" : matchesText(expected, came, captures)) return [];
  return [`${path}: expected the text ${JSON.stringify(expected)}, came ${JSON.stringify(came)}`];
}

function ownText(element: Element): string {
  return element.children
    .filter((node) => typeof node === "string")
    .join("")
    .trim();
}

function matchesText(expected: string, came: string, captures: Captures): boolean {
  if (expected === ANY) return true;
  const name = CAPTURE.exec(expected)?.[1];
  if (name === undefined) return expected.trim() === came.trim();
  captures.set(name, came);
  return true;
}

/** Every child of the template needs a child of its own, in whatever order. */
function compareChildren(
  template: Element,
  received: Element,
  path: string,
  strict: boolean,
  captures: Captures,
): string[] {
  const wanted = template.getChildElements();
  const present = received.getChildElements();
  const fits = wanted.map((want) =>
    present.map((have) => compare(want, have, `${path}/${want.name}`, strict, new Map()).length === 0),
  );
  const assigned = assign(fits);
  const result = wanted.flatMap((want, index) => {
    const place = assigned[index];
    const partner = place === undefined ? undefined : present[place];
    if (partner) {
      compare(want, partner, `${path}/${want.name}`, strict, captures);
      return [];
    }
    return explainMissing(want, present, assigned, `${path}/${want.name}`, strict);
  });
  if (!strict) return result;
  const more = present.filter((_, index) => !assigned.includes(index));
  return [...result, ...more.map((have) => `${path}: nothing expected, came ${describe(have)}`)];
}

/** For each row the column it gets, by augmenting paths: two templates never share one child. */
function assign(fits: readonly (readonly boolean[])[]): (number | undefined)[] {
  const rowOf = new Map<number, number>();
  const place = (row: number, tried: Set<number>): boolean => {
    for (const [column, fit] of (fits[row] ?? []).entries()) {
      if (!fit || tried.has(column)) continue;
      tried.add(column);
      const holder = rowOf.get(column);
      if (holder === undefined || place(holder, tried)) {
        rowOf.set(column, row);
        return true;
      }
    }
    return false;
  };
  for (const row of fits.keys()) place(row, new Set());
  const result: (number | undefined)[] = fits.map(() => undefined);
  for (const [column, row] of rowOf) result[row] = column;
  return result;
}

function explainMissing(
  want: Element,
  present: readonly Element[],
  assigned: readonly (number | undefined)[],
  path: string,
  strict: boolean,
): string[] {
  const free = present.filter(
    (have, index) => !assigned.includes(index) && have.getName() === want.getName(),
  );
  const explanations = free
    .map((have) => compare(want, have, path, strict, new Map()))
    .sort((a, b) => a.length - b.length);
  return explanations[0] ?? [`${path}: expected ${describe(want)}, came nothing of the kind`];
}

/** An element's start tag. */
export function describe(element: Element): string {
  const attributes = attributesOf(element).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `<${element.getName()} xmlns=${JSON.stringify(namespaceOf(element))}${attributes.join("")}>`;
}
