// Import of Prosody's own rooms; then users enter again.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROSODY_DATABASE, startProsody } from "../../dev/servers/prosody.ts";
import { COMPONENT, DOMAIN, USERS } from "../support/servers.ts";
import { moveIn } from "../transfer/moved-in.ts";
import { HOST, populate, ROOM, register, type Said } from "../transfer/populate.ts";
import { makeRoomPlace, type RoomPlace } from "../transfer/room-storages.ts";
import { verona } from "../transfer/verona.ts";

const TIMEOUT_MS = 60_000;

describe.each(["built-in", "sqlite", "archive in sqlite", "postgres"] as const)(
  "verona import prosody, %s storage",
  (kind) => {
    let folder: string;
    let place: RoomPlace;
    let data: string;
    let said: Said;
    /** Arguments for the place of the archives, if it is not the place of the rooms. */
    let archive: string[] = [];
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "verona-from-prosody-"));
      place = await makeRoomPlace(kind);
      data = place.address ?? join(folder, "data");
      const roomStorage = place.storage;
      const other = { domain: "other.localhost", secret: "s3cret" };
      const options = { domain: DOMAIN, users: USERS, components: [other], rooms: HOST, roomStorage };
      const server = await startProsody(options);
      try {
        said = await populate(server, (juliet) =>
          register(juliet, ROOM, { "muc#register_roomnick": "Juliet" }),
        );
        // Prosody writes everything when it ends.
        await server.restart();
        const written = kind === "sqlite" ? join(server.dataFolder, PROSODY_DATABASE) : server.dataFolder;
        if (kind !== "postgres") cpSync(written, data, { recursive: true });
        if (kind === "archive in sqlite") archive = ["--archive", join(data, PROSODY_DATABASE)];
      } finally {
        await server.stop();
      }
    }, TIMEOUT_MS);
    afterAll(async () => {
      rmSync(folder, { recursive: true });
      await place.stop();
    });

    test(
      "carries over configuration, affiliations, reserved nicknames, subject, history and archive",
      async () => {
        const storage = `sqlite:${join(folder, "rooms.sqlite")}`;
        const dry = await verona(storage, "import", "prosody", data, "--dry-run");
        expect(dry.stdout).toContain("would import: 2 rooms, ");
        if (kind === "archive in sqlite")
          expect(dry.stdout).toContain(`with --archive and that place, such as ${archive[1]}\n`);
        const { code, stdout } = await verona(storage, "import", "prosody", data, "--host", HOST, ...archive);
        expect(stdout).not.toContain("not carried over");
        expect(code).toBe(0);
        const server = await startProsody({ domain: DOMAIN, users: USERS, components: [COMPONENT] });
        try {
          await moveIn(server, storage, said, {
            bans: [{ jid: `user3@${DOMAIN}` }],
            openRole: "visitor",
            hasAvatar: false,
          });
        } finally {
          await server.stop();
        }
      },
      TIMEOUT_MS,
    );

    test("names what it expects where there are no rooms", async () => {
      const { code, stderr } = await verona(
        `sqlite:${join(folder, "x")}`,
        "import",
        "prosody",
        data,
        "--host",
        "a.b",
      );
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("there are no rooms of a.b"),
      });
    });
  },
);
