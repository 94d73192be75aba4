import { Element, parse } from "ltx";
import { escapeAttribute, escapeText } from "./escape.ts";

export { Element, parse };

/** The element's own namespace, with the stream's default namespaces folded into one ("jabber:client"). */
export function namespaceOf(element: Element): string {
  const ns = element.getNS() ?? "jabber:client";
  return ns === "jabber:component:accept" || ns === "jabber:server" ? "jabber:client" : ns;
}

/** The first child with this local name and namespace (the stream's own namespace where none is given). */
export function child(parent: Element, name: string, xmlns = "jabber:client"): Element | undefined {
  return parent.getChildElements().find((el) => el.getName() === name && namespaceOf(el) === xmlns);
}

/** All children with this local name and namespace. */
export function children(parent: Element, name: string, xmlns = "jabber:client"): Element[] {
  return parent.getChildElements().filter((el) => el.getName() === name && namespaceOf(el) === xmlns);
}

/** Text of a child of the same namespace as its parent; undefined where there is no such child. */
export function childText(parent: Element, name: string): string | undefined {
  return child(parent, name, namespaceOf(parent))?.getText();
}

/**
 * Serializes an element for the component stream. The stream's default namespace is not repeated, and
 * nothing that XML 1.0 forbids is let through (see escape.ts).
 */
export function serialize(element: Element): string {
  let text = `<${element.name}`;
  for (const [name, value] of Object.entries(element.attrs)) {
    if (value === undefined || value === null) continue;
    if (name === "xmlns" && isStreamNamespace(value)) continue;
    text += ` ${name}="${escapeAttribute(String(value))}"`;
  }
  if (element.children.length === 0) return `${text}/>`;
  text += ">";
  for (const node of element.children) {
    text += typeof node === "string" ? escapeText(node) : serialize(node);
  }
  return `${text}</${element.name}>`;
}

function isStreamNamespace(xmlns: string): boolean {
  return xmlns === "jabber:client" || xmlns === "jabber:server" || xmlns === "jabber:component:accept";
}

/** About how many bytes an element takes on the wire, without writing it out: names, values and text as UTF-8. */
export function sizeOf(element: Element): number {
  let size = 2 * element.name.length + 5;
  for (const [name, value] of Object.entries(element.attrs))
    size += name.length + Buffer.byteLength(String(value)) + 4;
  for (const node of element.children)
    size += typeof node === "string" ? Buffer.byteLength(node) : sizeOf(node);
  return size;
}
