// One operation as a form, and its result.
import { callOf, mayCall } from "../catalogue.ts";
import { type Children, html, useEffect, useRef, useState } from "../html.ts";
import { Heading } from "../parts.ts";
import { linkTo } from "../route.ts";
import { SchemaForm } from "../schema-form.ts";
import { useSession } from "../session.ts";

export function OperationView({
  name,
  query,
}: {
  readonly name: string;
  readonly query: URLSearchParams;
}): Children {
  const { api, token, catalogue } = useSession();
  const [result, setResult] = useState<string>();
  const operation = catalogue.get(name);
  if (!operation || !mayCall(token, operation))
    return html`<${Heading} title="No such operation">No such operation</${Heading}>
      <p>There is none of this name, or this token may not call it.</p>`;
  const submit = async (values: Readonly<Record<string, unknown>>): Promise<void> => {
    setResult(undefined);
    setResult(readable(await api.text(callOf(operation, values))));
  };
  const { summary, effect, scope, fields } = operation;
  const given = Object.fromEntries(
    fields.flatMap(({ name: field }) => (query.has(field) ? [[field, query.get(field)]] : [])),
  );
  return html`<p class="path"><a href=${linkTo("operations")}>All operations</a></p>
    <${Heading} title=${name}>${name}</${Heading}>
    <p>${summary}. <span class=${effect === "destroys" ? "tag bad" : "tag"}>${effect}</span> <span class="tag">${scope}</span></p>
    <${SchemaForm} ...${{ fields, submit }} initial=${given} submitLabel=${effect === "reads" ? "Show" : "Do it"}
      isDangerous=${effect === "destroys"} confirmation=${effect === "destroys" ? name : undefined} />
    ${result !== undefined && html`<${Result} text=${result} />`}`;
}

function Result({ text }: { readonly text: string }): Children {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return html`<section aria-labelledby="result"><h2 id="result" tabindex="-1" ref=${heading}>Result</h2>
    <pre tabindex="0" dir="ltr" role="region" aria-label="Result of the operation">${text}</pre></section>`;
}

/** Indents JSON. Other texts stay as they are. */
function readable(text: string): string {
  if (text === "{}") return "Done.";
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
