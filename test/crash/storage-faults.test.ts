// If the database cannot be written or read, the service logs the reason and exits. Nobody received unstored messages.
import { execFileSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { launchVerona, type RunningVerona } from "../../dev/verona.ts";
import { parse } from "../../src/xmpp/element.ts";
import { type ComponentPort, openComponentPort } from "./component-port.ts";
import { inspect } from "./inspect.ts";

const SECRET = "crash-secret";
const DOMAIN = "chat.example";
const OWNER = "romeo@verona.example/desk";

let folder: string;
let port: ComponentPort;
let told: string[];
let running: RunningVerona[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "verona-faults-"));
  told = [];
  running = [];
  port = await openComponentPort(SECRET, (stanza) => told.push(stanza));
});
afterEach(async () => {
  for (const verona of running) verona.kill();
  for (const verona of running) await verona.ended;
  await port.close();
  rmSync(folder, { recursive: true, force: true });
});

const pathOf = (place: string): string => join(place, "rooms.sqlite");

function start(path = pathOf(folder), freeDiskBytes = 0): RunningVerona {
  const verona = launchVerona({
    server: port,
    domain: DOMAIN,
    secret: SECRET,
    storage: `sqlite:${path}`,
    env: { VERONA_ROOM_CREATION: "anyone", VERONA_MIN_FREE_DISK_BYTES: String(freeDiskBytes) },
  });
  running.push(verona);
  return verona;
}

async function online(verona: RunningVerona): Promise<void> {
  await expect.poll(() => port.online || verona.exitCode() !== undefined).toBe(true);
  expect(port.online, verona.log()).toBe(true);
}

const enter = `<presence from="${OWNER}" to="hall@${DOMAIN}/romeo"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;
const message = (id: string): string =>
  `<message type="groupchat" id="${id}" from="${OWNER}" to="hall@${DOMAIN}"><body>${"hail ".repeat(2_000)}</body></message>`;

/** Sends messages until the service ends. Returns the ids of the messages that came back. */
async function talkUntilTheEnd(verona: RunningVerona): Promise<string[]> {
  port.write(enter);
  for (let count = 1; count <= 2_000 && verona.exitCode() === undefined; count += 1) {
    port.write(message(`m${count}`));
    await expect.poll(() => told.length >= count || verona.exitCode() !== undefined).toBe(true);
  }
  await verona.ended;
  await port.drained();
  return told
    .map(parse)
    .filter((stanza) => stanza.is("message") && stanza.getChild("body"))
    .map((stanza) => stanza.attrs.id ?? "");
}

const complaints = (verona: RunningVerona): string[] =>
  verona
    .log()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith('{"level":30'));

async function keptIds(path: string): Promise<string[]> {
  const found = (await inspect(`sqlite:${path}`)).get("hall");
  return (found?.archive ?? []).map(({ id }) => id);
}

/** Mounts a disk of this many megabytes. Returns undefined if this user may not mount one. */
function mountSmallDisk(place: string, megabytes: number): string | undefined {
  mkdirSync(place);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", place], { stdio: "ignore" });
    return place;
  } catch {
    return undefined;
  }
}

describe("a disk that is full while the service runs", () => {
  test("ends it with one line and exit status 1; what was told is kept, and it goes on once there is room", async () => {
    // A database without rooms takes 0.8 MB with its log.
    const disk = mountSmallDisk(join(folder, "disk"), 2);
    try {
      const verona = start(pathOf(disk ?? folder));
      await online(verona);
      // Without a disk, the size of files is limited instead.
      if (disk === undefined) execFileSync("prlimit", ["--pid", String(verona.pid), "--fsize=900000"]);
      const heard = await talkUntilTheEnd(verona);
      expect(verona.exitCode()).toBe(1);
      const advice = disk === undefined ? "the disk failed" : "the disk is full; free some space";
      expect(complaints(verona)).toEqual([
        expect.stringMatching(new RegExp(`^verona: cannot write the database .*${advice}`)),
      ]);
      expect(heard.length).toBeGreaterThan(5);
      if (disk !== undefined) execFileSync("mount", ["-o", "remount,size=20m", disk]);
      expect((await keptIds(pathOf(disk ?? folder))).slice(0, heard.length)).toEqual(heard);
      told = [];
      await online(start(pathOf(disk ?? folder)));
      port.write(message("again"));
      await expect.poll(() => told.some((stanza) => stanza.includes('id="again"'))).toBe(true);
    } finally {
      for (const verona of running) verona.kill();
      for (const verona of running) await verona.ended;
      if (disk !== undefined) execFileSync("umount", [disk]);
    }
  });
});

describe("a disk that is nearly full while the service runs", () => {
  test("has messages and entries refused until there is room, and nothing else; the log tells of both, once", async (context) => {
    const disk = mountSmallDisk(join(folder, "disk"), 30);
    if (disk === undefined) return context.skip("this user may not mount a disk");
    try {
      const verona = start(pathOf(disk), 10_000_000);
      await online(verona);
      port.write(enter + message("m1"));
      await expect.poll(() => told.some((stanza) => stanza.includes("<body>"))).toBe(true);
      writeFileSync(join(disk, "ballast"), Buffer.alloc(25_000_000));
      await verona.logged("nearly full");
      told = [];
      const other = enter.replaceAll("romeo", "juliet");
      const info = `<iq type="get" id="info" from="${OWNER}" to="hall@${DOMAIN}"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>`;
      const away = `<presence from="${OWNER}" to="hall@${DOMAIN}/romeo"><show>away</show></presence>`;
      port.write(message("m2") + other + info + away);
      await expect.poll(() => told.length).toBeGreaterThanOrEqual(4);
      const refused = told.filter((stanza) => /type="error".*<resource-constraint/.test(stanza));
      expect(refused.map((stanza) => /^<(\w+)/.exec(stanza)?.[1])).toEqual(["message", "presence"]);
      expect(refused.join("")).not.toContain("<body>");
      expect(told.some((stanza) => /<iq [^>]*type="result"/.test(stanza))).toBe(true);
      expect(told.some((stanza) => stanza.includes("<show>away"))).toBe(true);
      rmSync(join(disk, "ballast"));
      await verona.logged("the disk has enough space again");
      port.write(message("m3"));
      await expect.poll(() => told.some((stanza) => stanza.includes('id="m3"'))).toBe(true);
      expect(told.find((stanza) => stanza.includes('id="m3"'))).toContain("<body>");
      expect(complaints(verona).filter((line) => line.includes("disk"))).toEqual([
        expect.stringContaining("the disk is nearly full"),
      ]);
      expect(await verona.stop()).toBe(0);
      expect(await keptIds(pathOf(disk))).toEqual(["m1", "m3"]);
    } finally {
      for (const verona of running) verona.kill();
      for (const verona of running) await verona.ended;
      execFileSync("umount", [disk]);
    }
  });
});

describe("a database that is not the one that was opened any more", () => {
  test.each([
    ["is deleted", (path: string) => rmSync(path)],
    [
      "is replaced",
      (path: string) => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
    ["has lost its log", (path: string) => rmSync(`${path}-wal`)],
    ["has lost its log of commits", (path: string) => rmSync(`${path}-commits`)],
  ])("because it %s: the service says so in one line, and ends", async (_what, change) => {
    const verona = start();
    await online(verona);
    port.write(enter + message("m1"));
    await expect.poll(() => told.some((stanza) => stanza.includes("<body>"))).toBe(true);
    change(pathOf(folder));
    await verona.ended;
    expect(verona.exitCode()).toBe(1);
    expect(complaints(verona)).toEqual([
      expect.stringMatching(/^verona: .*rooms\.sqlite.* was deleted or replaced while the service used it/),
    ]);
  });
});

describe("a database that cannot be used", () => {
  test("because another service uses it: the second one says so in one line and ends, the first goes on", async () => {
    const first = start();
    await online(first);
    const second = start();
    await second.ended;
    expect(second.exitCode()).toBe(1);
    expect(complaints(second)).toEqual([
      expect.stringMatching(/^verona: cannot open .*another process uses it/),
    ]);
    port.write(enter);
    await expect.poll(() => told.length).toBeGreaterThan(0);
    expect(await first.stop()).toBe(0);
  });

  test("because it is damaged: the service says so in one line, ends and leaves it as it is", async () => {
    const first = start();
    await online(first);
    port.write(enter + message("m1"));
    await expect.poll(() => told.some((stanza) => stanza.includes("<body>"))).toBe(true);
    await first.stop();
    const { size } = statSync(pathOf(folder));
    const file = openSync(pathOf(folder), "r+");
    writeSync(file, Buffer.alloc(size - 4096, 0x5a), 0, size - 4096, 4096);
    closeSync(file);
    const second = start();
    await second.ended;
    expect(second.exitCode()).toBe(1);
    expect(complaints(second)).toEqual([
      expect.stringMatching(/^verona: cannot .*damaged; restore a backup/),
    ]);
    expect(statSync(pathOf(folder)).size).toBe(size);
  });
});
