import type { Element } from "../../src/xmpp/element.ts";
import type { Comparison } from "./match.ts";
import { write } from "./template.ts";

/** A stanza that arrived while another one was awaited. */
export interface PassedOver {
  readonly stanza: Element;
  readonly comparison: Comparison;
}

/** Reports the expected stanza, the received ones (the nearest first) and the differences of the nearest. */
export function reportMissing(client: string, expected: string, passedOver: readonly PassedOver[]): string {
  const lines = [`${client} did not receive`, indent(expected)];
  const [nearest, ...others] = [...passedOver].sort((a, b) => a.comparison.distance - b.comparison.distance);
  if (!nearest) return [...lines, "Nothing came instead."].join("\n");
  lines.push("Instead came", indent(write(nearest.stanza)));
  lines.push("which differs:", ...nearest.comparison.differences.map(indent));
  if (others.length > 0) lines.push("and", ...others.map(({ stanza }) => indent(write(stanza))));
  return lines.join("\n");
}

/** Reports a stanza where none was expected. */
export function reportUnexpected(client: string, stanza: Element): string {
  return `${client} was to receive nothing, but received\n${indent(write(stanza))}`;
}

/** Indents a stanza again: its first line starts at the margin, the others keep their depth below it. */
export function outdent(xml: string): string {
  const [first = "", ...rest] = xml.split("\n");
  const depths = rest.filter((line) => line.trim() !== "").map((line) => /^\s*/.exec(line)?.[0].length ?? 0);
  const margin = Math.min(...depths);
  return [
    first,
    ...rest.map((line) => line.slice(margin).replace(/^\t+/, (tabs) => "  ".repeat(tabs.length))),
  ].join("\n");
}

const indent = (text: string): string => text.replace(/^/gm, "  ");
