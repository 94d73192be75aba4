// The whole service on a damaged store: one damaged room affects no other room and does not prevent the start.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SqliteStore } from "../src/storage/sqlite/store.ts";
import { room } from "./storage/records.ts";
import { eventually } from "./support/eventually.ts";
import { type ObservedService, startObserved } from "./support/observed-service.ts";

let folder: string;
let path: string;
let observed: ObservedService | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-damaged-"));
  path = join(folder, "rooms.sqlite");
});
afterEach(async () => {
  await observed?.service.stop();
  await observed?.server.close();
  rmSync(folder, { recursive: true });
});

/** Starts the service on three rooms with an occupant each, of which the first is damaged. */
async function start(damage: string): Promise<ObservedService> {
  const store = new SqliteStore(path);
  const rooms = ["coven", "heath", "moor"].map((node) => ({ ...room, node }));
  store.commit(rooms.map((each) => ({ kind: "room-stored", room: each })));
  store.close();
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA ignore_check_constraints = ON; ${damage}`);
  database.close();
  observed = await startObserved(`sqlite:${path}`, 100_000_000);
  return observed;
}

const FROM = "hag66@shakespeare.example/pda";
const enter = (node: string): string =>
  `<presence from="${FROM}" to="${node}@chat.example/thirdwitch" id="to-${node}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;

const errorsIn = (log: ObservedService["log"]) =>
  log.filter((line) => (line as { level?: number }).level === 50).map(({ msg }) => msg);

it("a room that cannot be read at all: its users get internal-server-error, it is logged once, the others go on", async () => {
  const { server, log } = await start(`UPDATE room SET config = '{"whois":"nobody"}' WHERE node = 'coven'`);
  for (const node of ["coven", "coven", "heath", "moor"]) server.sockets.at(-1)?.write(enter(node));
  await eventually(() => {
    for (const node of ["heath", "moor"])
      expect(server.received).toContain(
        `from="${node}@chat.example/thirdwitch" id="to-${node}" to="${FROM}"`,
      );
    expect(server.received.match(/<internal-server-error /g)).toHaveLength(2);
  });
  expect(server.received).not.toContain('from="coven@chat.example/firstwitch"');
  expect(errorsIn(log)).toEqual(["failed to load a room"]);
});

it("notes that were put into the database past the service end nothing (each is logged, and left out)", async () => {
  const notes = ["hats", "roles", "vcard", "mentions", "invitations", "voice-requests", "avatar-hashes"];
  const values = notes.map((name) => `((SELECT id FROM room WHERE node = 'coven'), '${name}', '{}x')`);
  const { server, log } = await start(`INSERT INTO note (room, name, text) VALUES ${values.join(", ")}`);
  server.sockets.at(-1)?.write(enter("coven"));
  await eventually(() =>
    expect(server.received).toContain(`from="coven@chat.example/thirdwitch" id="to-coven" to="${FROM}"`),
  );
  expect(errorsIn(log)).toEqual(notes.map(() => "ignoring damaged data in the store"));
});

it("a store keeps what such rooms had: nothing of a damaged row is written back", async () => {
  await start(`UPDATE room SET subject = '{' WHERE node = 'coven'`);
  await observed?.service.stop();
  using database = new DatabaseSync(path);
  const row = database.prepare("SELECT subject FROM room WHERE node = 'coven'").get();
  expect(row?.subject).toBe("{");
});
