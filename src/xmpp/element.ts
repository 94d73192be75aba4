import xml from "@xmpp/xml";
import { parse } from "ltx/lib/ltx.js";
import { escapeAttribute, escapedBytes, escapeText } from "./escape.ts";

/** The class of the elements that the component stream receives. */
export const { Element } = xml;
export type Element = InstanceType<typeof Element>;

export { parse };

const STREAM_NS = "jabber:client";

/** Returns an element's namespace. All default namespaces of streams count as "jabber:client". */
export function namespaceOf(element: Element): string {
  return folded(element.getNS() ?? STREAM_NS);
}

/** Returns the first child with this local name and namespace (by default that of the stream). */
export function child(parent: Element, name: string, xmlns = STREAM_NS): Element | undefined {
  for (const node of parent.children) if (isElement(node, name, xmlns)) return node;
  return undefined;
}

/** Returns all children with this local name and namespace (by default that of the stream). */
export function children(parent: Element, name: string, xmlns = STREAM_NS): Element[] {
  return parent.children.filter((node) => isElement(node, name, xmlns));
}

const isElement = (node: Element | string, name: string, xmlns: string): node is Element =>
  typeof node !== "string" && node.getName() === name && namespaceOf(node) === xmlns;

/** Returns the text of the child with this name in its parent's namespace; undefined if there is none. */
export function childText(parent: Element, name: string): string | undefined {
  return child(parent, name, namespaceOf(parent))?.getText();
}

/** The namespace declarations in scope at a place in the text. */
interface Scope {
  readonly xmlns: string;
  readonly prefixes: readonly string[];
}

/**
 * Serializes an element for the component stream. Omits the stream's default namespace and declares every other one in
 * use, including those that the element inherits from a parent outside the text. Replaces characters that XML 1.0 forbids
 * (see escape.ts).
 */
export function serialize(element: Element): string {
  const outer = element.parent;
  let text = "";
  // An explicit stack: a stanza may be nested deeper than the call stack allows.
  const pending: (string | { element: Element; scope: Scope; xmlns: string })[] = [
    { element, scope: { xmlns: STREAM_NS, prefixes: ["xml"] }, xmlns: outer?.findNS() ?? STREAM_NS },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === "string") {
      text += next;
      continue;
    }
    const { children, attrs } = next.element;
    const xmlns = folded(attrs.xmlns ?? next.xmlns);
    const { name, attributes, prefixes } = declare(next.element, next.scope.prefixes, outer);
    text += `<${name}`;
    if (xmlns !== next.scope.xmlns) text += ` xmlns="${escapeAttribute(xmlns)}"`;
    text += attributes;
    if (children.length === 0) {
      text += "/>";
      continue;
    }
    text += ">";
    pending.push(`</${name}>`);
    const scope = { xmlns, prefixes };
    for (const node of children.toReversed())
      pending.push(typeof node === "string" ? escapeText(node) : { element: node, scope, xmlns });
  }
  return text;
}

/**
 * Returns an element's name and its attributes as text, with a declaration of each prefix that `known` lacks. An
 * undeclared prefix would close the stream: it is removed from the element's name, and an attribute with it is omitted.
 */
function declare(element: Element, known: readonly string[], outer: Element | null) {
  const { name, attrs } = element;
  const keys = Object.keys(attrs);
  let prefixes = known;
  let attributes = "";
  for (const key of keys) if (prefixOf(key) === "xmlns") prefixes = [...prefixes, key.slice(6)];
  const isDeclared = (prefix: string): boolean => {
    if (prefix === "" || prefix === "xmlns" || prefixes.includes(prefix)) return true;
    const uri = outer?.findNS(prefix);
    if (uri === undefined) return false;
    attributes += ` xmlns:${prefix}="${escapeAttribute(uri)}"`;
    prefixes = [...prefixes, prefix];
    return true;
  };
  const written = isDeclared(prefixOf(name)) ? name : element.getName();
  for (const key of keys) {
    const value = attrs[key];
    if (key === "xmlns" || value === undefined || value === null || !isDeclared(prefixOf(key))) continue;
    attributes += ` ${key}="${escapeAttribute(String(value))}"`;
  }
  return { name: written, attributes, prefixes };
}

function prefixOf(name: string): string {
  const colon = name.indexOf(":");
  return colon < 0 ? "" : name.slice(0, colon);
}

/** Maps the default namespaces of streams to one (RFC 6120 section 4.8.3, XEP-0114). */
function folded(xmlns: string): string {
  return xmlns === "jabber:component:accept" || xmlns === "jabber:server" ? STREAM_NS : xmlns;
}

/**
 * Returns an upper bound of an element's bytes on the wire, with the escapes of servers and the declarations that
 * `serialize` adds to its children. Serializes only elements with prefixes or a foreign namespace.
 */
export function sizeOf(element: Element): number {
  let size = 0;
  let hasPrefixes = folded(element.attrs.xmlns ?? STREAM_NS) !== STREAM_NS;
  const pending = [element];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    size += 2 * escapedBytes(next.name) + 5;
    hasPrefixes ||= next.name.includes(":");
    for (const name of Object.keys(next.attrs)) {
      size += escapedBytes(name) + escapedBytes(String(next.attrs[name])) + 4;
      hasPrefixes ||= name !== "xml:lang" && name.includes(":");
    }
    for (const node of next.children) {
      if (typeof node === "string") size += escapedBytes(node, "text");
      else pending.push(node);
    }
  }
  return hasPrefixes ? size + declaredBytes(element) : size;
}

/** Returns the bytes of the children when each is serialized alone, with the namespaces that it inherits. */
function declaredBytes(element: Element): number {
  let size = 0;
  for (const inner of element.getChildElements()) size += Buffer.byteLength(serialize(inner));
  return size;
}
