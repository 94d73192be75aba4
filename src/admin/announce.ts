// A message to all occupants of all rooms (XEP-0133 section 4.23: announcement to online users).
import { badPayload, type Command, completed } from "../muc/administration/commands.ts";
import { actRecord } from "../muc/model/act.ts";
import { Effects } from "../muc/model/effects.ts";
import { audienceOf } from "../muc/permissions/room-audience.ts";
import type { RoomRegistry } from "../muc/service/registry.ts";
import { ok, type Result, refuse } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { openTag, textTag } from "../xmpp/tag.ts";
import { say, type Text, verbatim } from "../xmpp/text.ts";
import { forServiceAdmins, type ServiceRequest } from "./service-request.ts";

const ADMIN = "http://jabber.org/protocol/admin";

/** The command for announcements. Each room sends it to its occupants; it is not part of the history. */
export const announce: Command<ServiceRequest> = {
  node: `${ADMIN}#announce`,
  name: say`Send an announcement to all rooms`,
  refuse: forServiceAdmins,
  form: {
    type: ADMIN,
    title: say`Announcement`,
    fields: () => [{ var: "announcement", type: "text-multi", label: say`Announcement`, required: true }],
  },
  run({ registry, stanza, effects, others }, fields) {
    const text = (fields.get("announcement") ?? []).join("\n").trim();
    if (text === "") return refuse(badPayload(say`The announcement is empty`));
    const announced = announceEverywhere({ registry, others }, text, stanza.from.bare);
    if (announced.kind === "refused") return announced;
    effects.append(announced.value.effects);
    const { rooms, elsewhere } = announced.value;
    if (!elsewhere) return completed({ note: say`Rooms notified: ${rooms}` });
    return {
      kind: "read",
      read: async () => {
        const others = await elsewhere();
        return completed({ note: say`Rooms notified: ${rooms + others.rooms}${silentNodes(others.silent)}` });
      },
    };
  },
};

interface Announcement {
  /** The effects in this process, and the number of its rooms that are notified. */
  readonly effects: Effects;
  readonly rooms: number;
  /** Announces in the other processes; undefined if there is none. */
  readonly elsewhere: (() => Promise<{ readonly rooms: number; readonly silent: number }>) | undefined;
}

/** Announces a text in all rooms, for an administrator (bare JID). Refuses while rooms are loading. */
export function announceEverywhere(
  { registry, others }: Pick<ServiceRequest, "registry" | "others">,
  text: string,
  by: string,
): Result<Announcement> {
  // Occupants of rooms that load later would miss the announcement, or the others would get it twice.
  if (registry.isLoading)
    return refuse(
      errors.resourceConstraint(say`Rooms are still loading after the start. Try again in a moment`),
    );
  const effects = new Effects();
  const act = actRecord(registry.environment.now(), { kind: "announced", by });
  effects.journal.push({ kind: "act-recorded", node: "", act });
  const own = announceInRooms(registry, text);
  effects.append(own.effects);
  const elsewhere =
    others &&
    (async () => {
      const { counts, silent } = await others.ask({ what: "announce", text });
      return { rooms: counts.reduce((total, each) => total + each.rooms, 0), silent };
    });
  return ok({ effects, rooms: own.rooms, elsewhere });
}

/** Announces a text in the rooms of this process. Returns the number of rooms notified. */
export function announceInRooms(registry: RoomRegistry, text: string): { effects: Effects; rooms: number } {
  const effects = new Effects();
  let rooms = 0;
  for (const room of registry.all()) {
    if (room.sessions.size === 0) continue;
    const announcement = registry.runIn(room, () => {
      const id = room.environment.newId();
      const head = openTag("message", { type: "groupchat", from: room.address, id });
      room.effects.broadcast(head, `">${textTag("body", text)}</message>`, audienceOf(room).everybody());
      rooms += 1;
    });
    effects.append(announcement);
  }
  return { effects, rooms };
}

/** Says how many processes have not answered; empty if all have. */
export const silentNodes = (silent: number): Text =>
  silent === 0 ? verbatim("") : say`; nodes that have not answered: ${silent}`;
