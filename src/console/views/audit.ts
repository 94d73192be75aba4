// What staff did, and which measures rooms took.
import type { Act } from "../answers.ts";
import { Refusal } from "../api.ts";
import { type Children, html, useEffect, useState } from "../html.ts";
import { type Column, Heading, Table, Theirs, Time } from "../parts.ts";
import { linkTo } from "../route.ts";
import { useSession } from "../session.ts";

interface Page {
  readonly acts: readonly Act[];
  readonly next?: number;
}

const COLUMNS: readonly Column<Act>[] = [
  { name: "When", isHeader: true, cell: ({ at }) => html`<${Time} at=${at} />` },
  { name: "What", cell: ({ kind }) => kind.replaceAll("-", " ") },
  {
    name: "Room",
    cell: ({ room }) =>
      room === undefined ? "–" : html`<a href=${linkTo("room", room)}><${Theirs} text=${room} /></a>`,
  },
  { name: "By", cell: ({ by }) => html`<${Theirs} text=${by ?? "the room itself"} />` },
  { name: "Whom", cell: ({ target }) => html`<${Theirs} text=${target ?? "–"} />` },
  {
    name: "Why",
    cell: ({ reason, rule, detail }) =>
      html`<${Theirs} text=${[reason, rule, detail].filter(Boolean).join("; ") || "–"} />`,
  },
];

export function AuditView({ room }: { readonly room: string }): Children {
  const { api } = useSession();
  const [page, setPage] = useState<Page>();
  const [problem, setProblem] = useState<string>();
  const [account, setAccount] = useState("");
  const load = (before?: number): void => {
    api.get<Page>("/v1/acts", { of: room || undefined, before, max: 100 }).then(
      ({ acts, next }) => {
        setProblem(undefined);
        setPage((shown) => ({
          acts: [...(before === undefined ? [] : (shown?.acts ?? [])), ...acts],
          ...(next !== undefined && { next }),
        }));
      },
      (error: unknown) => setProblem(error instanceof Refusal ? error.message : String(error)),
    );
  };
  useEffect(() => load(), [room]);
  const filter = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const data = new FormData(event.currentTarget);
    setAccount(String(data.get("account") ?? "").trim());
    location.hash = linkTo("audit", undefined, { room: String(data.get("room") ?? "").trim() });
  };
  const rows =
    page?.acts.filter(
      ({ by, target }) => account === "" || by?.includes(account) || target?.includes(account),
    ) ?? [];
  return html`<${Heading} title="Audit">Audit</${Heading}>
    <p>What staff did and which measures rooms took, newest first.</p>
    <form class="filters" role="search" onSubmit=${filter}>
      <div class="field"><label for="of">Room</label><input id="of" name="room" type="text" defaultValue=${room} /></div>
      <div class="field"><label for="account">Account, among the acts shown</label><input id="account" name="account" type="text" /></div>
      <p class="beside"><button type="submit">Show</button></p>
    </form>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <p role="status">${page ? `${rows.length} acts${page.next === undefined ? "" : ", and there are more"}` : problem ? "" : "Loading …"}</p>
    ${page && html`<${Table} caption="Acts" columns=${COLUMNS} rows=${rows} keyOf=${({ number }: Act) => String(number)} empty="There are none." />`}
    ${page?.next !== undefined && html`<p><button type="button" onClick=${() => load(page.next)}>Show earlier acts</button></p>`}`;
}
