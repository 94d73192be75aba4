// Reports about occupants and messages that no moderator has closed yet. They are a note of the room.
import { z } from "zod";
import { latestFitting } from "../model/latest-fitting.ts";
import type { FactReport } from "../model/room-fact.ts";
import { account, jsonNote, removeEntries } from "./json-note.ts";
import type { Room } from "./room.ts";
import { tell } from "./tell.ts";

/** An open report. `at` in milliseconds since 1970. */
export interface Report extends FactReport {
  readonly at: number;
}

/** Maximum number of open reports in a room; the latest stay. */
export const MAX_REPORTS = 50;
/** Maximum number of open reports of one user. */
export const MAX_REPORTS_OF_USER = 5;

const schema = z.array(
  z.strictObject({
    id: z.string(),
    at: z.number(),
    by: account,
    jid: account,
    occupantId: z.string(),
    nick: z.string(),
    reason: z.string(),
    comment: z.string().optional(),
    stanzaId: z.string().optional(),
    text: z.string().optional(),
  }),
);

/** Oldest first. */
export const reportsNote = jsonNote<readonly Report[]>("reports", schema, []);

export function addReport(room: Room, report: Report): void {
  reportsNote.write(room, latestFitting([...reportsNote.read(room), report], MAX_REPORTS));
  tell(room, { kind: "reported", report });
}

export const closeReport = (room: Room, id: string): void =>
  void removeEntries(reportsNote, room, (report) => report.id === id);
