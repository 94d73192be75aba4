// Fills rooms before a measurement.
import type { ComponentConnection } from "./component-connection.ts";
import { countOf } from "./tag-scan.ts";
import { configuration, entry } from "./users.ts";

export interface PlannedRoom {
  readonly name: string;
  /** The first user creates the room. */
  readonly users: readonly string[];
  /** True if entries are not broadcast: a room of thousands then fills without millions of presences. */
  readonly quiet?: boolean;
}

/** An entry ends with the subject (XEP-0045 section 7.2.15). */
export const SUBJECT = "<subject";
export const IQ = "<iq ";
const WINDOW = 500;
/** The attribute of error stanzas, in either kind of quotes. */
export const REFUSALS = [' type="error"', " type='error'"];

/** Creates, configures and fills the rooms. Resolves when the last user got the subject; rejects at any refusal. */
export async function fillRooms(
  connection: ComponentConnection,
  rooms: readonly PlannedRoom[],
): Promise<void> {
  const creatorOf = ({ users }: PlannedRoom): string => String(users[0]);
  const created = rooms.map((room) => entry(creatorOf(room), room.name));
  await inTurn(connection, created, SUBJECT);
  const configured = rooms.map((room) => configuration(creatorOf(room), room.name, room.quiet ?? false));
  await inTurn(connection, configured, IQ);
  const entered = rooms.flatMap(({ name, users }) => users.slice(1).map((user) => entry(user, name)));
  await inTurn(connection, entered, SUBJECT);
}

/** Writes stanzas with some under way at a time. One occurrence of the text answers each. */
export async function inTurn(
  connection: ComponentConnection,
  stanzas: readonly string[],
  answer: string,
): Promise<void> {
  if (stanzas.length === 0) return;
  const needle = Buffer.from(answer);
  let sent = 0;
  let answered = 0;
  const send = (): void => {
    const next = stanzas.slice(sent, answered + WINDOW);
    sent += next.length;
    if (next.length > 0) connection.write(next.join(""));
  };
  const finished = connection.readUntil((tags) => {
    for (const refusal of REFUSALS) {
      const at = tags.indexOf(refusal);
      if (at !== -1) throw new Error(`refused: ${tags.toString("utf8", Math.max(0, at - 200), at + 800)}`);
    }
    answered += countOf(tags, needle);
    send();
    return answered >= stanzas.length;
  });
  send();
  await finished;
}
