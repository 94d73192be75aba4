import { type Act, actRecord } from "../model/act.ts";
import type { Room } from "./room.ts";

/** Records an act of staff, or a measure of the room, for owners and operators. */
export const recordAct = (room: Room, act: Act): void =>
  room.change({ kind: "act-recorded", act: actRecord(room.environment.now(), act) });
