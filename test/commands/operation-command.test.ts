// The command line against a running service.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type ObservedService, startObserved } from "../support/observed-service.ts";
import { veronaWith } from "../transfer/verona.ts";

const ROOM = "coven@chat.example";
const OWNER = "crone1@shakespeare.example/desktop";

let folder: string;
let observed: ObservedService;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "verona-commands-"));
  observed = await startObserved(`sqlite:${join(folder, "rooms.sqlite")}`, undefined, {
    VERONA_PERSISTENT_ROOMS: "anyone",
    VERONA_ROOM_DEFAULTS: '{"persistent": true}',
  });
  const { server } = observed;
  server.sockets[0]?.write(
    `<presence from="${OWNER}" to="${ROOM}/firstwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
  );
  server.sockets[0]?.write(
    `<iq type="set" id="a" from="${OWNER}" to="${ROOM}"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query></iq>`,
  );
  await eventually(() => expect(server.received).toContain(`id="a"`));
});
afterAll(async () => {
  await observed.service.stop();
  await observed.server.close();
  rmSync(folder, { recursive: true });
});

const verona = async (...args: string[]) => {
  const { code, stdout, stderr } = await veronaWith({}, `sqlite:${join(folder, "rooms.sqlite")}`, ...args);
  return { code, stdout, stderr };
};

describe("verona OPERATION", () => {
  test("writes a table for people, and JSON for scripts", async () => {
    const table = await verona("rooms", "list");
    expect(table).toMatchObject({ code: 0, stderr: "" });
    expect(table.stdout.split("\n")).toEqual([
      "Room                Name  Occupants  Clients  Persistent  Public  Locked",
      "coven@chat.example        1          1        yes         yes     no",
      "",
    ]);
    const json = await verona("rooms", "list", "--json", "--max", "1");
    expect(JSON.parse(json.stdout)).toMatchObject({ rooms: [{ room: ROOM, occupants: 1 }] });
  });

  test("takes options of a room as pairs, lists among them in JSON", async () => {
    const set = ["--set", "name=A = B", "--set", 'presenceBroadcast=["moderator"]'];
    expect(await verona("room", "create", "heath", "--owners", "macbeth@x.example", ...set)).toMatchObject({
      code: 0,
      stdout: "Room  heath@chat.example\n",
    });
    expect(await verona("room", "configure", "heath", "--set", "maxUsers=30")).toMatchObject({ code: 0 });
    const shown = JSON.parse((await verona("room", "show", "heath", "--json")).stdout);
    expect(shown.configuration).toMatchObject({
      ...{ name: "A = B", presenceBroadcast: ["moderator"], maxUsers: 30, persistent: true },
    });
    const refused = await verona("room", "configure", "heath", "--set", '{"maxUsers": "many"}');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("not-acceptable") });
    expect(await verona("room", "destroy", "heath", "--yes")).toMatchObject({ code: 0 });
  });

  test("writes the state of the service as names and values", async () => {
    const { stdout } = await verona("status");
    expect(stdout).toMatch(/^Domain +chat\.example$/m);
    expect(stdout).toMatch(/^Link +online$/m);
    expect(stdout).toMatch(/^Uptime seconds +\d+$/m);
  });

  test("ends with status 1 and one line if the service refuses", async () => {
    expect(await verona("room", "show", "nowhere")).toEqual({
      code: 1,
      stdout: "",
      stderr: "verona: This service has no such room (item-not-found)\n",
    });
  });

  test.each([
    [["room", "show"], "room show needs ROOM"],
    [["room", "show", "coven", "heath"], 'unexpected argument "heath"'],
    [["room", "explode"], 'unknown command "room explode"'],
    [["rooms", "list", "--max", "many"], "--max needs a whole number"],
    [["rooms", "list", "--colour"], "--colour"],
    [["room", "configure", "coven", "--set", "name"], "--set needs KEY=VALUE"],
    [["room", "configure", "coven", "--set", "contacts=[x"], "--set needs JSON"],
    [["room", "destroy", "coven"], "room destroy destroys something: it needs --yes"],
  ])("ends with status 2 for %j", async (args, problem) => {
    const { code, stdout, stderr } = await verona(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(problem);
  });

  test("explains each command", async () => {
    const { code, stdout } = await verona("room", "destroy", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: verona room destroy ROOM [OPTIONS]");
    expect(stdout).toMatch(/--venue TEXT +Address of the room to go to instead/);
    expect((await verona("room")).stdout).toContain("room destroy ROOM");
  });

  test("says that no service runs", async () => {
    const { code, stderr } = await veronaWith({}, `sqlite:${join(folder, "other.sqlite")}`, "status");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `verona: no service runs here: nothing listens at ${join(folder, "other.sqlite.socket")}\n`,
    });
  });

  test("reaches the service through a socket for the service's own user", () => {
    expect(statSync(join(folder, "rooms.sqlite.socket")).mode & 0o777).toBe(0o600);
  });
});
