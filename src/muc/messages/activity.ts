// Message activity of a room (XEP-0502).
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { readRetractions } from "../archive/retraction-elements.ts";
import { isOpen } from "../permissions/privileges.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import type { RoomMessage } from "./room-message.ts";

const HOUR = 3_600_000;
const DAY = 24;

/** Counts the messages of the current hour and of up to 24 whole hours before it (XEP-0502 section 5). */
export class Activity {
  /** One count per hour, the current hour first. */
  #counts: number[] = [0];
  /** The current hour, in whole hours of `RoomEnvironment.elapsed`. */
  #hour: number;

  /** Starts counting at `now`, in milliseconds of `RoomEnvironment.elapsed`. */
  constructor(now: number) {
    this.#hour = Math.floor(now / HOUR);
  }

  add(now: number): void {
    this.#shift(now);
    this.#counts[0] = (this.#counts[0] ?? 0) + 1;
  }

  /** Returns the messages per hour over the whole hours of the last day; undefined in the first hour. */
  perHour(now: number): number | undefined {
    this.#shift(now);
    const [, ...whole] = this.#counts;
    return whole.length === 0 ? undefined : whole.reduce((sum, count) => sum + count, 0) / whole.length;
  }

  #shift(now: number): void {
    const hour = Math.floor(now / HOUR);
    const passed = Math.min(hour - this.#hour, DAY + 1);
    for (let i = 0; i < passed; i++) this.#counts.unshift(0);
    this.#counts.length = Math.min(this.#counts.length, DAY + 1);
    this.#hour = hour;
  }
}

const activities = new RoomSlot("activity", (room) => new Activity(room.loadedAt));

/** Counts a message (section 4): messages with a body count, corrections (XEP-0308) and retractions do not. */
export function countForActivity(room: Room, { stanza: { element }, elements }: RoomMessage): void {
  if (!child(element, "body") || child(element, "replace", NS.correct)) return;
  if (readRetractions(elements).length > 0) return;
  activities.of(room).add(room.environment.elapsed());
}

/** Counts a message that the operator sent. */
export const countServiceMessage = (room: Room): void => activities.of(room).add(room.environment.elapsed());

/** Returns the messages per hour of a persistent, public and open room; undefined for others (sections 4 and 8). */
export function publicActivity(room: Room): number | undefined {
  const { config, environment } = room;
  return config.persistent && config.public && isOpen(config)
    ? activities.of(room).perHour(environment.elapsed())
    : undefined;
}
