// Counters of the service, since its start.
import type { Command } from "../muc/commands.ts";
import { type FormField, writeForm } from "../xmpp/data-form.ts";
import { FORM_TYPE, forServiceAdmins, type ServiceRequest } from "./service-request.ts";

export class Statistics {
  /** Start of the service, in milliseconds since 1970. */
  readonly since: number;
  /** Messages that were sent to rooms for all occupants. */
  messages = 0;

  constructor(since: number) {
    this.since = since;
  }
}

export const statistics: Command<ServiceRequest> = {
  node: "verona#statistics",
  name: "Show counters",
  refuse: forServiceAdmins,
  run({ registry, statistics }) {
    const rooms = [...registry.all()];
    const sum = (count: (room: (typeof rooms)[number]) => number): number =>
      rooms.reduce((total, room) => total + count(room), 0);
    const fields: FormField[] = [
      counter("rooms", "Rooms", rooms.length),
      counter(
        "persistent_rooms",
        "Persistent rooms",
        sum(({ config }) => (config.persistent ? 1 : 0)),
      ),
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
      counter(
        "uptime",
        "Seconds since the start",
        Math.floor((registry.environment.now() - statistics.since) / 1000),
      ),
    ];
    return { payload: writeForm({ type: "result", formType: FORM_TYPE, title: "Counters" }, fields) };
  },
};

const counter = (name: string, label: string, value: number): FormField => ({
  var: `verona#${name}`,
  type: "text-single",
  label,
  values: [String(value)],
});
