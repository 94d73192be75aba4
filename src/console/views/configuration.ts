// The configuration of a room, as a form made from the schema of its options.

import { say } from "../announcer.ts";
import type { RoomFacts } from "../answers.ts";
import { Refusal } from "../api.ts";
import { callOf } from "../catalogue.ts";
import { fieldsOf } from "../form-values.ts";
import { type Children, html, useState } from "../html.ts";
import { SchemaForm } from "../schema-form.ts";
import { useOperation, useSession } from "../session.ts";

export function Configuration({ facts, reload }: { readonly facts: RoomFacts; reload(): void }): Children {
  const { api } = useSession();
  const [turn, setTurn] = useState(0);
  const operation = useOperation("room.configure");
  const schema = operation?.fields.find(({ name }) => name === "set")?.schema;
  if (!operation || !schema) return "";
  const { room } = facts;
  const submit = async (set: Readonly<Record<string, unknown>>): Promise<void> => {
    if (Object.keys(set).length === 0) throw new Refusal(0, "No option has changed.");
    await api.text(callOf(operation, { room, set }));
    say("The room is configured.");
    setTurn(turn + 1);
    reload();
  };
  return html`<section aria-labelledby="configuration"><h2 id="configuration">Configuration</h2>
    <details><summary>Change options</summary>
      <${SchemaForm} key=${turn} fields=${fieldsOf(schema, "")} initial=${facts.configuration} submitLabel="Save changed options" ...${{ submit }} />
    </details></section>`;
}
