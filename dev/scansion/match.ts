import { type Element, namespaceOf } from "../../src/xmpp/element.ts";
import { assign } from "./assign.ts";
import { isMark } from "./template.ts";

/** The result of comparing a received stanza with a template. */
export interface Comparison {
  /** Differences, a line each; none if the stanza matches. */
  readonly differences: readonly string[];
  /** Size of the differences, to find the nearest of several stanzas; 0 if the stanza matches. */
  readonly distance: number;
  /** Texts that {scansion:capture:NAME} captured, by name. */
  readonly captures: ReadonlyMap<string, string>;
}

interface Difference {
  readonly text: string;
  readonly weight: number;
}

type Captures = Map<string, string>;

/** The place of a comparison: the names from the stanza down, and the strictness there. */
interface Place {
  readonly path: string;
  readonly strict: boolean;
  readonly isStanza: boolean;
}

const STRICT = "scansion:strict";
const ANY = "{scansion:any}";
const CAPTURE = /^\{scansion:capture:([^}]+)\}$/;
// A stanza of another kind differs more than any of the same kind.
const OTHER_KIND = 1_000;

/** Compares a received stanza with a filled-in template, by the rules of docs/scansion.md. */
export function compare(template: Element, received: Element): Comparison {
  const captures: Captures = new Map();
  const found = sameName(template, received)
    ? compareInside(template, received, { path: template.getName(), strict: false, isStanza: true }, captures)
    : [{ text: `expected ${startTag(template)}, came ${startTag(received)}`, weight: OTHER_KIND }];
  return { differences: found.map(({ text }) => text), distance: distanceOf(found), captures };
}

function sameName(template: Element, received: Element): boolean {
  return template.getName() === received.getName() && namespaceOf(template) === namespaceOf(received);
}

/** Compares two elements of the same name. */
function compareInside(template: Element, received: Element, at: Place, captures: Captures): Difference[] {
  const mark = template.attrs[STRICT];
  const place = mark === undefined ? at : { ...at, strict: mark === "true" };
  return [
    ...compareAttributes(template, received, place, captures),
    ...compareText(template, received, place, captures),
    ...compareChildren(template, received, place, captures),
  ];
}

function attributesOf(element: Element): [string, string][] {
  return Object.entries(element.attrs).filter(
    ([name]) => name !== "xmlns" && !name.startsWith("xmlns:") && !isMark(name),
  );
}

function compareAttributes(
  template: Element,
  received: Element,
  at: Place,
  captures: Captures,
): Difference[] {
  const expected = new Map(attributesOf(template));
  const present = new Map(attributesOf(received));
  const result: Difference[] = [];
  for (const [name, value] of expected) {
    const came = present.get(name);
    if (came !== undefined && (matchesMark(value, came, captures) || value === came)) continue;
    const shown = came === undefined ? "came no such attribute" : `came ${quote(came)}`;
    result.push({ text: `${at.path}@${name}: expected ${quote(value)}, ${shown}`, weight: 1 });
  }
  if (!at.strict) return result;
  for (const [name, value] of present) {
    if (expected.has(name) || isServerMade(name, at)) continue;
    result.push({ text: `${at.path}@${name}: unexpected attribute, came ${quote(value)}`, weight: 1 });
  }
  return result;
}

/** Returns true for attributes that servers add. They are allowed in strict mode. */
function isServerMade(attribute: string, at: Place): boolean {
  return attribute === "xml:lang" || (at.isStanza && attribute === "to");
}

function compareText(template: Element, received: Element, at: Place, captures: Captures): Difference[] {
  const expected = textOf(template);
  const came = textOf(received);
  if (expected === "" && !at.strict) return [];
  if (expected === came || matchesMark(expected, came, captures)) return [];
  return [{ text: `${at.path}: expected the text ${quote(expected)}, came ${quote(came)}`, weight: 1 }];
}

function textOf(element: Element): string {
  return element.children
    .filter((node) => typeof node === "string")
    .join("")
    .trim();
}

/** Returns true if the expected value is a mark that matches everything. Stores the text for a capture. */
function matchesMark(expected: string, came: string, captures: Captures): boolean {
  const name = CAPTURE.exec(expected)?.[1];
  if (name !== undefined) captures.set(name, came);
  return name !== undefined || expected === ANY;
}

/** Matches every child of the template with a different received child, in any order. */
function compareChildren(template: Element, received: Element, at: Place, captures: Captures): Difference[] {
  const wanted = template.getChildElements();
  const present = received.getChildElements();
  const below = (want: Element): Place => ({
    path: `${at.path}/${want.getName()}`,
    strict: at.strict,
    isStanza: false,
  });
  const inside = (want: Element, have: Element, into: Captures = new Map()) =>
    compareInside(want, have, below(want), into);

  const assigned = assign(
    wanted.map((want) => present.map((have) => sameName(want, have) && inside(want, have).length === 0)),
  );
  const free = new Set(present.filter((_have, index) => !assigned.includes(index)));
  const result: Difference[] = [];
  for (const [index, want] of wanted.entries()) {
    const partner = present[assigned[index] ?? -1];
    if (partner) {
      inside(want, partner, captures);
      continue;
    }
    const [nearest] = [...free]
      .filter((have) => sameName(want, have))
      .map((have) => ({ have, differences: inside(want, have) }))
      .sort((a, b) => distanceOf(a.differences) - distanceOf(b.differences));
    if (nearest) {
      free.delete(nearest.have);
      result.push(...nearest.differences);
    } else result.push({ text: `${at.path}: missing element ${startTag(want)}`, weight: sizeOf(want) });
  }
  if (!at.strict) return result;
  const more = [...free].map((have) => ({
    text: `${at.path}: unexpected element ${startTag(have)}`,
    weight: 1,
  }));
  return [...result, ...more];
}

function distanceOf(differences: readonly Difference[]): number {
  return differences.reduce((sum, { weight }) => sum + weight, 0);
}

/** Returns the size of a missing element: itself, its attributes and its content. */
function sizeOf(element: Element): number {
  return element
    .getChildElements()
    .reduce((sum, inner) => sum + sizeOf(inner), 1 + attributesOf(element).length);
}

/** Returns the start tag, with the namespace if it differs from that of the parent. */
function startTag(element: Element): string {
  const outer = element.parent ? namespaceOf(element.parent) : "jabber:client";
  const own = namespaceOf(element);
  const attributes = own === outer ? attributesOf(element) : [["xmlns", own], ...attributesOf(element)];
  return `<${[element.getName(), ...attributes.map(([name, value]) => `${name}=${quote(value ?? "")}`)].join(" ")}>`;
}

const quote = (text: string): string => JSON.stringify(text);
