// The rooms of the service, a page at a time.
import type { RoomSummary } from "../answers.ts";
import { Refusal } from "../api.ts";
import { type Children, html, useEffect, useState } from "../html.ts";
import { type Column, Heading, Table, Theirs } from "../parts.ts";
import { linkTo } from "../route.ts";
import { useOperation, useSession } from "../session.ts";
import { OwnRooms } from "./own-rooms.ts";

interface Page {
  readonly rooms: readonly RoomSummary[];
  readonly next?: string;
}

type Order = "address" | "name" | "occupants";

const PAGE = 50;
const SEARCH_AFTER_MS = 300;

const COLUMNS: readonly Column<RoomSummary>[] = [
  {
    ...{ name: "Room", isHeader: true },
    cell: ({ room }) => html`<a href=${linkTo("room", room)}><${Theirs} text=${room} /></a>`,
  },
  { name: "Name", cell: ({ name }) => html`<${Theirs} text=${name || "–"} />` },
  { name: "Occupants", isNumber: true, cell: ({ occupants }) => occupants.toLocaleString("en-GB") },
  { name: "Last used", cell: ({ occupants, lastUsed }) => (occupants > 0 ? "now" : (lastUsed ?? "unknown")) },
  { name: "Kind", cell: kindOf },
];

function kindOf({ persistent, public: isPublic, locked }: RoomSummary): Children {
  const words = [
    persistent ? "persistent" : "temporary",
    isPublic ? "public" : "hidden",
    ...(locked ? ["locked"] : []),
  ];
  return html`${words.map((word) => html`<span class="tag" key=${word}>${word}</span> `)}`;
}

export function RoomsView(): Children {
  const { token } = useSession();
  return token.rooms ? html`<${OwnRooms} title="Rooms" rooms=${token.rooms} />` : html`<${AllRooms} />`;
}

function AllRooms(): Children {
  const { api } = useSession();
  const mayCreate = useOperation("room.create") !== undefined;
  const [search, setSearch] = useState("");
  const [order, setOrder] = useState<Order>("address");
  const [page, setPage] = useState<Page>();
  const [problem, setProblem] = useState<string>();

  const load = (after: string, isWanted: () => boolean = () => true): void => {
    api.get<Page>("/v1/rooms", { search, after, max: PAGE }).then(
      ({ rooms, next }) => {
        if (!isWanted()) return;
        setProblem(undefined);
        setPage((before) => ({
          rooms: [...(after === "" ? [] : (before?.rooms ?? [])), ...rooms],
          ...(next !== undefined && { next }),
        }));
      },
      (error: unknown) => isWanted() && setProblem(error instanceof Refusal ? error.message : String(error)),
    );
  };
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => load("", () => isWanted), page ? SEARCH_AFTER_MS : 0);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [search]);

  const rooms = page?.rooms.toSorted(comparing(order)) ?? [];
  return html`<${Heading} title="Rooms">Rooms</${Heading}>
    <form class="filters" role="search" onSubmit=${(event: Event) => event.preventDefault()}>
      <div class="field"><label for="search">Search in addresses and names</label>
        <input id="search" type="search" value=${search} onInput=${(event: InputEvent) => setSearch(textIn(event))} /></div>
      <div class="field"><label for="order">Order</label>
        <select id="order" onChange=${(event: Event) => setOrder(orderIn(event))}>
          <option value="address">By address</option><option value="name">By name</option><option value="occupants">By occupants</option>
        </select></div>
      ${mayCreate && html`<p class="beside"><a class="button" href=${linkTo("operation", "room.create")}>New room</a></p>`}
    </form>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <p role="status">${page ? countOf(page) : problem ? "" : "Loading the rooms …"}</p>
    ${page && html`<${Table} caption="Rooms" columns=${COLUMNS} rows=${rooms} keyOf=${({ room }: RoomSummary) => room} empty="No room fits." />`}
    ${page?.next !== undefined && html`<p><button type="button" onClick=${() => load(page.next ?? "")}>Show more rooms</button></p>`}`;
}

const countOf = ({ rooms, next }: Page): string =>
  `${rooms.length} room${rooms.length === 1 ? "" : "s"}${next === undefined ? "" : ", and there may be more"}`;

const textIn = ({ target }: Event): string => (target instanceof HTMLInputElement ? target.value : "");

function orderIn({ target }: Event): Order {
  const value = target instanceof HTMLSelectElement ? target.value : "";
  return value === "name" || value === "occupants" ? value : "address";
}

const comparing =
  (order: Order) =>
  (a: RoomSummary, b: RoomSummary): number => {
    if (order === "occupants") return b.occupants - a.occupants;
    return order === "name" ? a.name.localeCompare(b.name) : a.room.localeCompare(b.room);
  };
