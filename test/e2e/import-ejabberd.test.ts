// Import of ejabberd's own rooms, from its dump or from SQLite; then users enter again.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EJABBERD_DATABASE, startEjabberd } from "../../dev/servers/ejabberd.ts";
import { COMPONENT, DOMAIN, USERS } from "../support/servers.ts";
import { moveIn } from "../transfer/moved-in.ts";
import { giveAvatar, HOST, login, populate, register, type Said } from "../transfer/populate.ts";
import { makeRoomPlace, type RoomPlace } from "../transfer/room-storages.ts";
import { verona } from "../transfer/verona.ts";

const TIMEOUT_MS = 60_000;

describe.each([
  ["built-in", undefined],
  ["sqlite", undefined],
  ["archive in sqlite", undefined],
  ["postgres", "old"],
  ["postgres", "new"],
] as const)("verona import ejabberd, %s storage, %s schema", (kind, tables) => {
  let folder: string;
  let place: RoomPlace;
  let written: string;
  let said: Said;
  /** Arguments for the place of the archives, if it is not the place of the rooms. */
  let archive: string[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "verona-from-ejabberd-"));
    place = await makeRoomPlace(kind, tables);
    written = place.address ?? join(folder, "written");
    const roomStorage = place.storage;
    const other = { domain: "other.localhost", secret: "s3cret" };
    const options = { domain: DOMAIN, users: USERS, components: [other], rooms: HOST, roomStorage };
    const server = await startEjabberd(options);
    try {
      // In ejabberd, users register nicknames with the service, for all rooms.
      said = await populate(server, async (juliet, romeo) => {
        await register(juliet, HOST, { "muc#register_roomnick": "Juliet" });
        await giveAvatar(romeo);
      });
      const stranger = await login(server, "user3");
      await register(stranger, HOST, { "muc#register_roomnick": "Paris" });
      await stranger.close();
      const database = join(server.dataFolder, EJABBERD_DATABASE);
      // ejabberd writes everything when it ends.
      if (kind !== "built-in") await server.restart();
      if (kind === "sqlite") cpSync(database, written);
      if (kind === "archive in sqlite") {
        archive = ["--archive", join(folder, "archive")];
        cpSync(database, join(folder, "archive"));
      }
      if (kind === "built-in" || kind === "archive in sqlite") {
        // Equals `ejabberdctl dump`.
        const body = JSON.stringify({ file: written });
        const answer = await fetch(`http://127.0.0.1:${server.httpPort}/api/dump`, { method: "POST", body });
        expect(answer.status).toBe(200);
      }
    } finally {
      await server.stop();
    }
  }, TIMEOUT_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await place.stop();
  });

  test(
    "carries over configuration, affiliations with reasons, reserved nicknames, subject, history and archive",
    async () => {
      const storage = `sqlite:${join(folder, "rooms.sqlite")}`;
      const { code, stdout } = await verona(
        storage,
        "import",
        "ejabberd",
        written,
        "--host",
        HOST,
        ...archive,
      );
      expect({ code, stdout }).toEqual({
        code: 3,
        stdout: `imported: 2 rooms, 5 messages, into ${storage}
not carried over:
  the nickname "Paris" of user3@localhost, who has no affiliation with any room
`,
      });
      const server = await startEjabberd({ domain: DOMAIN, users: USERS, components: [COMPONENT] });
      const bans = [{ jid: `user3@${DOMAIN}`, reason: "a villain" }];
      try {
        await moveIn(server, storage, said, { bans, openRole: "participant", hasAvatar: true });
      } finally {
        await server.stop();
      }
    },
    TIMEOUT_MS,
  );

  test("names the host that it finds no rooms of", async () => {
    const { code, stderr } = await verona(
      `sqlite:${join(folder, "x")}`,
      "import",
      "ejabberd",
      written,
      "--host",
      "a.b",
    );
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there are no rooms of a.b"),
    });
  });
});
