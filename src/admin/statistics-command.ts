// The command that returns the counters of the service.
import { type Command, completed } from "../muc/administration/commands.ts";
import type { Room } from "../muc/room/room.ts";
import type { RoomRegistry } from "../muc/service/registry.ts";
import { type FormField, writeForm } from "../xmpp/data-form.ts";
import { say, type Text } from "../xmpp/text.ts";
import { silentNodes } from "./announce.ts";
import type { NodeCounts } from "./other-nodes.ts";
import { FORM_TYPE, forServiceAdmins, type ServiceRequest } from "./service-request.ts";
import type { Statistics } from "./statistics.ts";

export const statistics: Command<ServiceRequest> = {
  node: "verona#statistics",
  name: say`Show counters`,
  refuse: forServiceAdmins,
  run({ registry, statistics, stanza, others }) {
    const own = countsOf(registry, statistics);
    const seconds = Math.floor((registry.environment.elapsed() - statistics.since) / 1000);
    const note = registry.isLoading
      ? say`Rooms are still loading after the start: there are more occupants`
      : undefined;
    if (!others)
      return completed({
        payload: writeCounts(registry, [own], seconds, stanza.language),
        ...(note && { note }),
      });
    return {
      kind: "read",
      read: async () => {
        const { counts, silent } = await others.ask({ what: "count" });
        const all = [own, ...counts];
        const nodes = say`Nodes: ${all.length + silent}${silentNodes(silent)}`;
        return completed({
          payload: writeCounts(registry, all, seconds, stanza.language),
          note: note ? say`${nodes}. ${note}` : nodes,
        });
      },
    };
  },
};

/** Returns the figures of this process. */
export function countsOf(registry: RoomRegistry, statistics: Statistics): NodeCounts {
  const rooms = [...registry.all()];
  const sum = (count: (room: Room) => number): number =>
    rooms.reduce((total, room) => total + count(room), 0);
  return {
    rooms: rooms.length,
    occupants: sum(({ occupants }) => occupants.size),
    sessions: sum(({ sessions }) => sessions.size),
    messages: statistics.messages,
    memory: statistics.memory(),
  };
}

/** Adds up the figures of processes. */
export function sumOf(counts: readonly NodeCounts[]): NodeCounts {
  const total = (name: keyof NodeCounts): number => counts.reduce((sum, each) => sum + each[name], 0);
  return {
    rooms: total("rooms"),
    occupants: total("occupants"),
    sessions: total("sessions"),
    messages: total("messages"),
    memory: total("memory"),
  };
}

/** Writes the sums of the processes' figures, and the seconds for which this process runs. */
function writeCounts(
  registry: RoomRegistry,
  counts: readonly NodeCounts[],
  seconds: number,
  language: string | undefined,
): string {
  const { rooms, occupants, sessions, messages, memory } = sumOf(counts);
  return writeForm(
    { type: "result", formType: FORM_TYPE, title: say`Counters` },
    [
      counter("rooms", say`Rooms`, registry.count),
      counter("rooms_in_memory", say`Rooms in memory`, rooms),
      counter("occupants", say`Occupants`, occupants),
      counter("sessions", say`Clients of occupants`, sessions),
      counter("messages", say`Messages to rooms since the start`, messages),
      counter("uptime", say`Seconds since the start`, seconds),
      counter("memory", say`Memory in use, in MiB`, Math.round(memory / MIB)),
    ],
    language,
  );
}

const MIB = 1024 * 1024;

const counter = (name: string, label: Text, value: number): FormField => ({
  var: `verona#${name}`,
  type: "text-single",
  label,
  values: [String(value)],
});
