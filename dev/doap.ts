// doap.xml: the project's description for catalogues of XMPP software (DOAP, XEP-0453).
import { tag, textTag } from "../src/xmpp/tag.ts";
import type { Specification } from "./conformance.ts";

const NAMESPACES = {
  "xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
  xmlns: "http://usefulinc.com/ns/doap#",
  "xmlns:xmpp": "https://linkmauve.fr/ns/xmpp-doap#",
};

const RFCS = ["6120", "6121", "7622"];

/** Writes the description, with the specifications that docs/conformance.md has headings for. */
export function writeDoap(specifications: readonly Specification[], description: string): string {
  const rfcs = RFCS.map((number) =>
    implement({ "rdf:resource": `https://www.rfc-editor.org/info/rfc${number}` }),
  );
  const xeps = specifications.map((specification) => implement({}, supportedXep(specification)));
  const properties = [
    textTag("name", "Verona"),
    textTag("shortdesc", description, { "xml:lang": "en" }),
    textTag("created", "2026-11-21"),
    textTag("programming-language", "TypeScript"),
    textTag("os", "Linux"),
    tag("license", { "rdf:resource": "https://spdx.org/licenses/MIT" }),
    tag("category", { "rdf:resource": "https://linkmauve.fr/ns/xmpp-doap#category-server" }),
    ...rfcs,
    ...xeps,
  ];
  const project = tag("Project", {}, `\n    ${properties.join("\n    ")}\n  `);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag("rdf:RDF", NAMESPACES, `\n  ${project}\n`)}\n`;
}

const implement = (attributes: Record<string, string>, content?: string): string =>
  tag("implements", attributes, content);

function supportedXep({ number, version, support, note }: Specification): string {
  const lines = [
    tag("xmpp:xep", { "rdf:resource": `https://xmpp.org/extensions/xep-${number}.html` }),
    textTag("xmpp:version", version),
    textTag("xmpp:status", support),
    ...(note === "" ? [] : [textTag("xmpp:note", note)]),
  ];
  const element = tag("xmpp:SupportedXep", {}, `\n        ${lines.join("\n        ")}\n      `);
  return `\n      ${element}\n    `;
}
