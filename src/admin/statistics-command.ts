// The command that returns the counters of the service.
import { type Command, completed } from "../muc/administration/commands.ts";
import type { Room } from "../muc/room/room.ts";
import { type FormField, writeForm } from "../xmpp/data-form.ts";
import { FORM_TYPE, forServiceAdmins, type ServiceRequest } from "./service-request.ts";

export const statistics: Command<ServiceRequest> = {
  node: "verona#statistics",
  name: "Show counters",
  refuse: forServiceAdmins,
  run({ registry, statistics }) {
    const rooms = [...registry.all()];
    const sum = (count: (room: Room) => number): number =>
      rooms.reduce((total, room) => total + count(room), 0);
    const seconds = Math.floor((registry.environment.elapsed() - statistics.since) / 1000);
    const fields: FormField[] = [
      counter("rooms", "Rooms", registry.count),
      counter("rooms_in_memory", "Rooms in memory", rooms.length),
      counter(
        "occupants",
        "Occupants",
        sum(({ occupants }) => occupants.size),
      ),
      counter(
        "sessions",
        "Clients of occupants",
        sum(({ sessions }) => sessions.size),
      ),
      counter("messages", "Messages to rooms since the start", statistics.messages),
      counter("uptime", "Seconds since the start", seconds),
      counter("memory", "Memory in use, in MiB", Math.round(statistics.memory() / MIB)),
    ];
    const payload = writeForm({ type: "result", formType: FORM_TYPE, title: "Counters" }, fields);
    if (!registry.isLoading) return completed({ payload });
    return completed({ payload, note: "Rooms are still loading after the start: there are more occupants" });
  },
};

const MIB = 1024 * 1024;

const counter = (name: string, label: string, value: number): FormField => ({
  var: `verona#${name}`,
  type: "text-single",
  label,
  values: [String(value)],
});
