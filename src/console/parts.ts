// Parts that views share.
import { type Children, html, useEffect, useRef } from "./html.ts";
import type { Answered } from "./use-answer.ts";

/** The heading of a view, which gets the focus when the view is shown. */
export function Heading({
  children,
  title,
}: {
  readonly children: Children;
  readonly title: string;
}): Children {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – Verona`;
    heading.current?.focus();
  }, [title]);
  return html`<h1 ref=${heading} tabindex="-1">${children}</h1>`;
}

/** A text of users. Its direction changes nothing around it. */
export const Theirs = ({ text }: { readonly text: string | undefined }): Children =>
  html`<bdi class="theirs">${text ?? ""}</bdi>`;

/** A time, in the reader's zone. */
export const Time = ({ at }: { readonly at: string | undefined }): Children =>
  at === undefined ? "" : html`<time datetime=${at}>${new Date(at).toLocaleString("en-GB")}</time>`;

/** Shows a problem of an answer, or that it is under way. */
export function Pending({
  answer,
  what,
}: {
  readonly answer: Answered<unknown>;
  readonly what: string;
}): Children {
  if (answer.problem !== undefined)
    return html`<p class="problem" role="alert">${answer.problem} <button type="button" onClick=${answer.reload}>Try again</button></p>`;
  return answer.isLoading ? html`<p role="status">Loading ${what} …</p>` : "";
}

export interface Column<Row> {
  readonly name: string;
  /** The cell that names the row. */
  readonly isHeader?: boolean;
  readonly isNumber?: boolean;
  cell(row: Row): Children;
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly empty: string;
  keyOf(row: Row): string;
}

/** A table, whose rows are cards on narrow screens. The roles keep it a table there. */
export function Table<Row>({ caption, columns, rows, empty, keyOf }: TableProps<Row>): Children {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<table role="table">
    <caption class="unseen">${caption}</caption>
    <thead role="rowgroup"><tr role="row">
      ${columns.map(({ name, isNumber }) => html`<th key=${name} role="columnheader" scope="col" class=${isNumber ? "number" : undefined}>${name}</th>`)}
    </tr></thead>
    <tbody role="rowgroup">${rows.map(
      (row) =>
        html`<tr role="row" key=${keyOf(row)}>${columns.map((column) => {
          const tag = column.isHeader ? "th" : "td";
          return html`<${tag} key=${column.name} role=${column.isHeader ? "rowheader" : "cell"}
          scope=${column.isHeader ? "row" : undefined} class=${column.isNumber ? "number" : undefined}
          data-label=${column.name}><div>${column.cell(row)}</div></${tag}>`;
        })}</tr>`,
    )}</tbody>
  </table>`;
}

/** Facts with their names. */
export const Facts = ({ facts }: { readonly facts: readonly (readonly [string, Children])[] }): Children =>
  html`<dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
