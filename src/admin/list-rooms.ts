// All rooms of the service, hidden ones too, in pages.
import { badPayload, type Command } from "../muc/commands.ts";
import type { Room } from "../muc/room.ts";
import { writeForm, writeTable } from "../xmpp/data-form.ts";
import { FORM_TYPE, fieldValue, forServiceAdmins, type ServiceRequest } from "./service-request.ts";

const PAGE = 100;
const LARGEST_PAGE = 1000;

const COLUMNS: Readonly<Record<string, (room: Room) => string>> = {
  "verona#room": ({ address }) => address,
  "verona#name": ({ config }) => config.name,
  "verona#occupants": ({ occupants }) => String(occupants.size),
  "verona#sessions": ({ sessions }) => String(sessions.size),
  "verona#persistent": ({ config }) => (config.persistent ? "1" : "0"),
  "verona#public": ({ config }) => (config.public ? "1" : "0"),
  "verona#locked": ({ locked }) => (locked ? "1" : "0"),
};

export const listRooms: Command<ServiceRequest> = {
  node: "verona#list-rooms",
  name: "List the rooms",
  refuse: forServiceAdmins,
  form: {
    type: FORM_TYPE,
    write: () =>
      writeForm({ type: "form", formType: FORM_TYPE, title: "Listing rooms" }, [
        { var: "verona#filter", type: "text-single", label: "Text in the room's address or name" },
        { var: "verona#after", type: "text-single", label: "After this room, the last one of a page" },
        {
          var: "verona#max_items",
          type: "text-single",
          label: "Most rooms in a page",
          values: [String(PAGE)],
          range: { min: 1, max: LARGEST_PAGE },
        },
      ]),
  },
  run({ registry }, fields) {
    const filter = fieldValue(fields, "verona#filter").toLowerCase();
    const after = fieldValue(fields, "verona#after").toLowerCase();
    const most = fieldValue(fields, "verona#max_items") || String(PAGE);
    if (!/^\d{1,4}$/.test(most) || Number(most) < 1 || Number(most) > LARGEST_PAGE)
      return badPayload(`A page has from 1 to ${LARGEST_PAGE} rooms`);
    const found = [...registry.all()]
      .filter(({ node, config }) => `${node}\n${config.name}`.toLowerCase().includes(filter))
      .toSorted((a, b) => (a.address < b.address ? -1 : 1));
    const rest = found.filter(({ address }) => address > after);
    const page = rest.slice(0, Number(most));
    const names = Object.keys(COLUMNS);
    const rows = page.map((room) => Object.values(COLUMNS).map((show) => show(room)));
    const more = rest.length - page.length;
    return {
      payload: writeTable("Rooms", names, rows),
      note: `${found.length} rooms found, ${page.length} shown, ${more} more after them`,
    };
  },
};
