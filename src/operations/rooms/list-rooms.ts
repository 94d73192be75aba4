import { z } from "zod";
import type { StoredRoom } from "../../muc/model/records.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type Operation, operation } from "../operation.ts";
import type { OperationService } from "../operation-service.ts";
import { afterRoomParameter, maxRoomsParameter, nextRoom, nodeOf, userParameter } from "../parameters.ts";
import { lastUseOf, unusedSince } from "./last-use.ts";

/** Rooms that one read of the records returns, and that one call looks at. */
const PORTION = 500;
const LOOKED_AT = 20_000;

export const roomSummary = z.object({
  room: z.string().meta({ description: "Address of the room" }),
  name: z.string(),
  occupants: z.int(),
  clients: z.int().meta({ description: "Clients of the occupants" }),
  persistent: z.boolean(),
  public: z.boolean(),
  locked: z.boolean().meta({ description: "True until the creator has configured the room" }),
  lastUsed: z.iso.date().exactOptional().meta({
    description:
      "Day on which it became empty, or of its latest message or act; missing while it has occupants, or if unknown",
  }),
});

/** Rooms of whose last use one call asks the archive and the acts. */
const ASKED = 1_000;

/** Which rooms are listed. */
export interface RoomFilter {
  /** Part of the address or the name, in lower case. */
  readonly text?: string;
  /** Bare JID of an owner. */
  readonly owner?: string | undefined;
  readonly minOccupants?: number | undefined;
  readonly unusedDays?: number | undefined;
}

export const listRooms: Operation = operation({
  name: "rooms.list",
  summary: "Lists the rooms in the order of their addresses, hidden and locked ones too; all, or some",
  scope: "read",
  effect: "reads",
  http: "GET /rooms",
  operands: [],
  params: z.strictObject({
    search: z.string().max(1000).default("").meta({ description: "Text in the room's address or name" }),
    owner: userParameter.exactOptional().meta({ description: "Only rooms of this owner" }),
    minOccupants: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .exactOptional()
      .meta({ description: "Only rooms with at least so many occupants" }),
    unusedDays: z.coerce
      .number()
      .int()
      .min(1)
      .max(36_500)
      .exactOptional()
      .meta({ description: "Only rooms that nobody has used for so many days" }),
    after: afterRoomParameter,
    max: maxRoomsParameter,
  }),
  result: z.object({
    rooms: z.array(roomSummary),
    next: nextRoom,
  }),
  refusals: [],
  async run(service, { search, owner, minOccupants, unusedDays, after, max }) {
    const start = after === "" ? "" : nodeOf(after, service.registry.environment.domain);
    if (start === undefined) return refuse(errors.badRequest(say`after: expected a room of this service`));
    const filter = { text: search.toLowerCase(), owner, minOccupants, unusedDays };
    return ok(await listedRooms(service, filter, start, max));
  },
});

/** Lists the rooms after a node, up to `max`, in bounded work: a page may have few rooms, and `next` all the same. */
export async function listedRooms(
  service: OperationService,
  filter: RoomFilter,
  start: string,
  max: number,
): Promise<{ rooms: z.input<typeof roomSummary>[]; next?: string }> {
  const { domain } = service.registry.environment;
  const rooms: z.input<typeof roomSummary>[] = [];
  let [after, asked] = [start, 0];
  for (let looked = 0; looked < LOOKED_AT; looked += PORTION) {
    const portion = await service.records.allRooms(after, PORTION);
    const last = portion.at(-1);
    if (!last) return { rooms };
    for (const room of await chosen(service, filter, portion, after, last.node)) {
      if (rooms.length === max) return { rooms, next: rooms.at(-1)?.room ?? "" };
      if (asked === ASKED) return { rooms, next: `${after}@${domain}` };
      if (room.users === 0 && room.lastUse === undefined) asked += 1;
      const lastUse = await lastUseOf(service, room);
      after = room.node;
      if (filter.unusedDays !== undefined && !isUnused(service, filter.unusedDays, room, lastUse)) continue;
      rooms.push(summaryOf(room, domain, lastUse));
    }
    if (portion.length < PORTION) return { rooms };
    after = last.node;
  }
  return { rooms, next: `${after}@${domain}` };
}

/** Returns the rooms of a portion that pass the filters which the portion decides. */
async function chosen(
  { store }: OperationService,
  { text = "", owner, minOccupants = 0 }: RoomFilter,
  portion: readonly StoredRoom[],
  after: string,
  upTo: string,
): Promise<StoredRoom[]> {
  const own = owner === undefined ? undefined : new Set(await store.roomsOfAccount(owner, after, upTo));
  const found = portion.filter(
    ({ node, config, users }) =>
      users >= minOccupants &&
      own?.has(node) !== false &&
      `${node}\n${config.name}`.toLowerCase().includes(text),
  );
  if (owner === undefined) return found;
  const owned: StoredRoom[] = [];
  for (const room of found) {
    const record = await store.loadRoom(room.node);
    const isOwner = record?.affiliations.some(
      ({ jid, affiliation }) => jid === owner && affiliation === "owner",
    );
    if (isOwner) owned.push(room);
  }
  return owned;
}

const isUnused = (
  service: OperationService,
  days: number,
  { users, locked }: StoredRoom,
  lastUse: number | undefined,
): boolean => users === 0 && !locked && lastUse !== undefined && lastUse < unusedSince(service, days);

function summaryOf(
  { node, config, users, sessions, locked }: StoredRoom,
  domain: string,
  lastUse: number | undefined,
): z.input<typeof roomSummary> {
  return {
    room: `${node}@${domain}`,
    name: config.name,
    occupants: users,
    clients: sessions,
    persistent: config.persistent,
    public: config.public,
    locked,
    ...(users === 0 && lastUse !== undefined && { lastUsed: new Date(lastUse).toISOString().slice(0, 10) }),
  };
}
