// Users and domains that are banned from all rooms.
import { Act } from "../act-button.ts";
import type { Ban } from "../answers.ts";
import { type Children, html, useState } from "../html.ts";
import { type Column, Heading, Pending, Table, Theirs, Time } from "../parts.ts";
import { useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";
import { BlocklistsView } from "./blocklists.ts";

interface Page {
  readonly bans: readonly Ban[];
  readonly next?: string;
}

export function BansView(): Children {
  const { api } = useSession();
  const [after, setAfter] = useState("");
  const answer = useAnswer(`bans ${after}`, () => api.get<Page>("/v1/bans", { after, max: 100 }));
  const columns: readonly Column<Ban>[] = [
    { name: "User or domain", isHeader: true, cell: ({ user }) => html`<${Theirs} text=${user} />` },
    { name: "Since", cell: ({ at }) => html`<${Time} at=${at} />` },
    { name: "By", cell: ({ by }) => html`<${Theirs} text=${by ?? "–"} />` },
    { name: "Reason", cell: ({ reason }) => html`<${Theirs} text=${reason ?? "–"} />` },
    {
      name: "Acts",
      cell: ({ user }) =>
        html`<div class="acts"><${Act} operation="user.unban" label="Lift the ban" about=${user} fixed=${{ user }} done=${answer.reload} /></div>`,
    },
  ];
  const page = answer.value;
  return html`<${Heading} title="Blocklist">Blocklist</${Heading}>
    <p>These users and domains are banned from all rooms.</p>
    <div class="buttons"><${Act} operation="user.ban" label="Ban" about="from all rooms" fixed=${{}} done=${answer.reload} /></div>
    <${Pending} ...${{ answer, what: "the blocklist" }} />
    ${page && html`<${Table} caption="Bans from all rooms" ...${{ columns }} rows=${page.bans} keyOf=${({ user }: Ban) => user} empty="Nobody is banned from all rooms." />`}
    <div class="buttons">
      ${page?.next !== undefined && html`<button type="button" onClick=${() => setAfter(page.next ?? "")}>Next page</button>`}
      ${after !== "" && html`<button type="button" onClick=${() => setAfter("")}>First page</button>`}
    </div>
    <${BlocklistsView} />`;
}
