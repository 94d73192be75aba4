// The list of all rooms, hidden and locked ones too, in pages. It is read from the store: most rooms are not in memory.
import {
  badPayload,
  type Command,
  type CommandReply,
  completed,
  fieldValue,
} from "../muc/administration/commands.ts";
import { type Awaitable, type Records, type StoredRoom, whenReady } from "../muc/model/records.ts";
import type { RoomEnvironment } from "../muc/model/room-environment.ts";
import { listBytes } from "../muc/model/size-limits.ts";
import { nodeOf } from "../operations/parameters.ts";
import { writeTable } from "../xmpp/data-form.ts";
import { refuse } from "../xmpp/result.ts";
import { say } from "../xmpp/text.ts";
import { FORM_TYPE, forServiceAdmins, type ServiceRequest } from "./service-request.ts";

const PAGE = 100;
const LARGEST_PAGE = 1000;
/** The number of rooms that one read of the records returns. */
const PORTION = 500;

export const ROOM_COLUMNS: Readonly<Record<string, (room: StoredRoom, domain: string) => string>> = {
  "verona#room": ({ node }, domain) => `${node}@${domain}`,
  "verona#name": ({ config }) => config.name,
  "verona#occupants": ({ users }) => String(users),
  "verona#sessions": ({ sessions }) => String(sessions),
  "verona#persistent": ({ config }) => (config.persistent ? "1" : "0"),
  "verona#public": ({ config }) => (config.public ? "1" : "0"),
  "verona#locked": ({ locked }) => (locked ? "1" : "0"),
};

export const listRooms: Command<ServiceRequest> = {
  node: "verona#list-rooms",
  name: say`List the rooms`,
  refuse: forServiceAdmins,
  form: {
    type: FORM_TYPE,
    title: say`Listing rooms`,
    fields: () => [
      { var: "verona#filter", type: "text-single", label: say`Text in the room's address or name` },
      { var: "verona#after", type: "text-single", label: say`Continue after this room` },
      {
        var: "verona#max_items",
        type: "text-single",
        label: say`Maximum number of rooms per page`,
        values: [String(PAGE)],
        range: { min: 1, max: LARGEST_PAGE },
      },
    ],
  },
  run({ registry, stanza }, fields) {
    const { domain } = registry.environment;
    const filter = fieldValue(fields, "verona#filter").toLowerCase();
    const place = fieldValue(fields, "verona#after");
    const after = place === "" ? "" : nodeOf(place, domain);
    if (after === undefined)
      return refuse(badPayload(say`A page can only continue after a room of this service`));
    const most = fieldValue(fields, "verona#max_items") || String(PAGE);
    if (!/^\d+$/.test(most) || Number(most) < 1)
      return refuse(badPayload(say`A page needs at least one room`));
    const size = Math.min(Number(most), LARGEST_PAGE);
    const isFound = ({ node, config }: StoredRoom): boolean =>
      `${node}\n${config.name}`.toLowerCase().includes(filter);
    return {
      kind: "read",
      read: (records) =>
        whenReady(find(records, isFound, after, size + 1, []), (found) =>
          writePage(found, size, registry.environment, stanza.language),
        ),
    };
  },
};

/** Reads the rooms in portions until enough are found. */
function find(
  records: Records,
  isFound: (room: StoredRoom) => boolean,
  after: string,
  count: number,
  found: StoredRoom[],
): Awaitable<StoredRoom[]> {
  return whenReady(records.allRooms(after, PORTION), (rooms) => {
    found.push(...rooms.filter(isFound));
    const last = rooms.at(-1);
    const isDone = last === undefined || rooms.length < PORTION || found.length >= count;
    return isDone ? found : find(records, isFound, last.node, count, found);
  });
}

function writePage(
  found: readonly StoredRoom[],
  most: number,
  environment: RoomEnvironment,
  language: string | undefined,
): CommandReply {
  const page = found.slice(0, most);
  const rows = page.map((room) => Object.values(ROOM_COLUMNS).map((show) => show(room, environment.domain)));
  const table = writeTable(
    { title: say`Rooms`, names: Object.keys(ROOM_COLUMNS), bytes: listBytes(environment) },
    rows,
    language,
  );
  const rest = found.length > table.rows ? say`more rooms follow` : say`no more rooms follow`;
  return completed({ payload: table.payload, note: say`Rooms shown: ${table.rows}; ${rest}` });
}
