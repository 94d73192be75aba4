// Which events a client wants to hear, and may.
import { z } from "zod";
import type { EventFilter } from "../events/event-source.ts";
import { EVENT_KINDS, STAFF_KINDS } from "../events/room-event.ts";
import { nodeOf } from "../operations/parameters.ts";
import { includesScope } from "../operations/scope.ts";
import type { Token } from "../operations/tokens/token-keeper.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say, verbatim } from "../xmpp/text.ts";
import { refuseScope } from "./authorization.ts";
import { type Answer, problem } from "./problem.ts";

export const eventQuery = z.strictObject({
  room: z
    .array(z.string().min(1).max(3071))
    .min(1)
    .max(100)
    .exactOptional()
    .meta({ description: "Only events of these rooms" }),
  kind: z
    .array(z.enum(EVENT_KINDS))
    .min(1)
    .exactOptional()
    .meta({ description: "Only events of these kinds; without any, all that the token may hear" }),
  reveal: z
    .enum(["true", "false"])
    .default("false")
    .meta({ description: "Real addresses also where the room hides them; needs the scope admin" }),
});

export type FilterOutcome =
  | { readonly kind: "filter"; readonly filter: EventFilter }
  | { readonly kind: "refused"; readonly answer: Answer };

/** Reads the filter of a query. Without kinds, it has all that the token may hear. */
export function readFilter(query: unknown, token: Token, domain: string): FilterOutcome {
  const read = eventQuery.safeParse(withLists(Object(query)));
  if (!read.success) {
    const text = read.error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
    return { kind: "refused", answer: problem(errors.badRequest(verbatim(text))) };
  }
  const { room, kind, reveal } = read.data;
  const heard = EVENT_KINDS.filter(
    (known) => includesScope(token.scope, "moderate") || !STAFF_KINDS.includes(known),
  );
  const kinds = new Set(kind === undefined ? heard : EVENT_KINDS.filter((known) => kind.includes(known)));
  const needed =
    reveal === "true" ? "admin" : STAFF_KINDS.some((staff) => kinds.has(staff)) ? "moderate" : "read";
  const refusal = refuseScope(token, needed);
  if (refusal) return { kind: "refused", answer: refusal };
  const nodes = room?.map((name) => nodeOf(name, domain));
  const rooms = nodes ?? token.rooms;
  if (rooms?.some((node) => node === undefined || token.rooms?.includes(node) === false)) {
    const answer = token.rooms
      ? problem(errors.forbidden(say`This token is for other rooms`))
      : problem(errors.itemNotFound(say`This service has no such room`));
    return { kind: "refused", answer };
  }
  const filter = { rooms: rooms && new Set(rooms.filter((node) => node !== undefined)), kinds };
  return { kind: "filter", filter: { ...filter, reveal: reveal === "true" } };
}

/** Makes lists of the parameters that may be repeated. */
function withLists(query: object): unknown {
  const isMany = (name: string): boolean => name === "room" || name === "kind";
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, isMany(name) ? [value].flat() : value]),
  );
}
