// The users who have an affiliation with a room.

import { say } from "../announcer.ts";
import type { Affiliated, RoomFacts } from "../answers.ts";
import { callOf } from "../catalogue.ts";
import { fieldsOf } from "../form-values.ts";
import { type Children, html, useState } from "../html.ts";
import { type Column, Table, Theirs, Time } from "../parts.ts";
import { SchemaForm } from "../schema-form.ts";
import { useOperation, useSession } from "../session.ts";

/** Rows at first: a room may have thousands. */
const SHOWN = 100;

const COLUMNS: readonly Column<Affiliated>[] = [
  { name: "Address", isHeader: true, cell: ({ user }) => html`<${Theirs} text=${user} />` },
  { name: "Affiliation", cell: ({ affiliation }) => affiliation },
  { name: "Nickname", cell: ({ nickname }) => html`<${Theirs} text=${nickname ?? "–"} />` },
  { name: "Reason", cell: ({ reason }) => html`<${Theirs} text=${reason ?? "–"} />` },
  { name: "Until", cell: ({ until }) => (until === undefined ? "–" : html`<${Time} at=${until} />`) },
];

export function Affiliations({ facts, reload }: { readonly facts: RoomFacts; reload(): void }): Children {
  const { room, affiliations } = facts;
  const [isWhole, setWhole] = useState(false);
  const rows = isWhole ? affiliations : affiliations.slice(0, SHOWN);
  return html`<section aria-labelledby="affiliations"><h2 id="affiliations">Affiliations (${affiliations.length})</h2>
    <${Table} caption="Affiliations" columns=${COLUMNS} ...${{ rows }} keyOf=${({ user }: Affiliated) => user} empty="Nobody has an affiliation." />
    ${rows.length < affiliations.length && html`<p><button type="button" onClick=${() => setWhole(true)}>Show all</button></p>`}
    <${Change} ...${{ room, reload }} />
  </section>`;
}

/** Sets the affiliation of one user. */
function Change({ room, reload }: { readonly room: string; reload(): void }): Children {
  const { api } = useSession();
  const [turn, setTurn] = useState(0);
  const operation = useOperation("affiliations.set");
  const item = operation?.fields.find(({ name }) => name === "changes")?.schema.items;
  if (!operation || !item) return "";
  const submit = async (change: Readonly<Record<string, unknown>>): Promise<void> => {
    await api.text(callOf(operation, { room, changes: [change] }));
    say(`Done: the affiliation of ${change.user}`);
    setTurn(turn + 1);
    reload();
  };
  return html`<details><summary>Set an affiliation</summary>
    <${SchemaForm} key=${turn} fields=${fieldsOf(item, "")} submitLabel="Set the affiliation" ...${{ submit }} />
  </details>`;
}
