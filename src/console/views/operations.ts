// All operations that the token may call.
import { mayCall, type Operation } from "../catalogue.ts";
import { type Children, html } from "../html.ts";
import { Heading } from "../parts.ts";
import { linkTo, readPlace } from "../route.ts";
import { useSession } from "../session.ts";

export function OperationsView(): Children {
  const { token, catalogue } = useSession();
  const room = readPlace(location.hash).query.get("room") ?? "";
  const shown = [...catalogue.values()].filter(
    (operation) =>
      mayCall(token, operation) && (room === "" || operation.fields.some(({ name }) => name === "room")),
  );
  const groups = Map.groupBy(shown, ({ group }) => group);
  return html`<${Heading} title="All operations">All operations</${Heading}>
    <p>${room === "" ? "Everything that this token may do." : html`What this token may do with <bdi class="theirs">${room}</bdi>.`}</p>
    ${[...groups].map(
      ([group, operations]) => html`<section key=${group} aria-label=${group}><h2>${group}</h2>
        <ul class="operations">${operations.map((operation) => html`<${Entry} key=${operation.name} ...${{ operation, room }} />`)}</ul></section>`,
    )}`;
}

function Entry({ operation, room }: { readonly operation: Operation; readonly room: string }): Children {
  const { name, summary, effect, scope } = operation;
  return html`<li><a href=${linkTo("operation", name, { room })}>${name}</a>
    ${" "}<span class=${effect === "destroys" ? "tag bad" : "tag"}>${effect}</span> <span class="tag">${scope}</span>
    <p class="help">${summary}.</p></li>`;
}
