// The lists of users that the operator and other services keep.
import type { Blocklists } from "../answers.ts";
import { type Children, html } from "../html.ts";
import { type Column, Pending, Table, Theirs } from "../parts.ts";
import { useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";

type Subscribed = Blocklists["subscribed"][number];

const COLUMNS: readonly Column<Subscribed>[] = [
  { name: "List", isHeader: true, cell: ({ list }) => html`<${Theirs} text=${list} />` },
  { name: "Accounts and domains", cell: ({ hashes }) => hashes },
  { name: "Found here", cell: ({ hits }) => hits },
  { name: "Failures since it was read", cell: ({ failures }) => failures },
];

interface Listed {
  readonly user: string;
  readonly place: string;
}

const LISTED_COLUMNS: readonly Column<Listed>[] = [
  {
    name: "Account, domain or pattern",
    isHeader: true,
    cell: ({ user }) => html`<${Theirs} text=${user} />`,
  },
  { name: "Kept out of", cell: ({ place }) => place },
];

const listedIn = ({ entry, creation, everything }: Blocklists): Listed[] => [
  ...everything.map((user) => ({ user, place: "the service" })),
  ...entry.map((user) => ({ user, place: "rooms" })),
  ...creation.map((user) => ({ user, place: "making rooms" })),
];

export function BlocklistsView(): Children {
  const { api } = useSession();
  const answer = useAnswer("blocklists", () => api.get<Blocklists>("/v1/blocklists"));
  const lists = answer.value;
  return html`
    <${Pending} ...${{ answer, what: "the lists" }} />
    ${lists && html`<${Table} caption="Lists of the configuration" columns=${LISTED_COLUMNS} rows=${listedIn(lists)} keyOf=${({ user, place }: Listed) => `${place} ${user}`} empty="The configuration lists nobody." />`}
    ${lists && html`<${Table} caption="Lists of other services" columns=${COLUMNS} rows=${lists.subscribed} keyOf=${({ list }: Subscribed) => list} empty="The service follows no list." />`}`;
}
