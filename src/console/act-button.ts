// Buttons that carry out an operation, after a dialogue with its other parameters.

import { say } from "./announcer.ts";
import { callOf, type Operation } from "./catalogue.ts";
import { type Children, html, useEffect, useId, useRef, useState } from "./html.ts";
import { SchemaForm } from "./schema-form.ts";
import { useOperation, useSession } from "./session.ts";

interface ActProps {
  /** Name of the operation. */
  readonly operation: string;
  readonly label: string;
  /** What the button is about, for those who hear it alone. */
  readonly about: string;
  /** Parameters that the place of the button decides. */
  readonly fixed: Readonly<Record<string, string>>;
  done(): void;
}

/** A button, unless the token may not call the operation. */
export function Act(props: ActProps): Children {
  const operation = useOperation(props.operation);
  const [isOpen, setOpen] = useState(false);
  if (!operation) return "";
  const { label, about } = props;
  return html`<button type="button" class=${isRemoval(operation) ? "danger" : undefined} onClick=${() => setOpen(true)}>
      ${label}<span class="unseen"> ${about}</span></button>
    ${isOpen && html`<${ActDialogue} ...${props} ...${{ operation }} close=${() => setOpen(false)} />`}`;
}

const isRemoval = ({ effect }: Operation): boolean => effect === "destroys";

type DialogueProps = Omit<ActProps, "operation"> & { readonly operation: Operation; close(): void };

function ActDialogue({ operation, label, about, fixed, done, close }: DialogueProps): Children {
  const { api } = useSession();
  const dialogue = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialogue.current?.showModal(), []);
  const submit = async (values: Readonly<Record<string, unknown>>): Promise<void> => {
    await api.text(callOf(operation, { ...values, ...fixed }));
    dialogue.current?.close();
    say(`Done: ${label} ${about}`);
    done();
  };
  const fields = operation.fields.filter(({ name }) => !(name in fixed));
  return html`<dialog ref=${dialogue} aria-labelledby=${id} onClose=${close}>
    <h2 id=${id}>${label} <bdi class="theirs">${about}</bdi></h2>
    <p>${operation.summary}.</p>
    <${SchemaForm} ...${{ fields, submit }} submitLabel=${label} isDangerous=${isRemoval(operation)}
      confirmation=${isRemoval(operation) ? about : undefined}>
      <button type="button" onClick=${() => dialogue.current?.close()}>Cancel</button>
    </${SchemaForm}>
  </dialog>`;
}
