// slixmpp, another project's library, in a room: its plugins, from the first entry to the room's end, with each server.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChild } from "../../dev/child-process.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { COMPONENT, SERVERS } from "../support/servers.ts";

const FOLDER = fileURLToPath(new URL("../clients/", import.meta.url));

describe.each(SERVERS)("behind %s", (_name, start) => {
  let server: RunningServer;
  let verona: RunningVerona;
  beforeAll(async () => {
    server = await start();
    verona = await startVerona({ server, ...COMPONENT });
  });
  afterAll(async () => {
    await verona?.stop();
    await server?.stop();
  });

  test("what slixmpp sees of a room is what its assertions say", async () => {
    const args = ["-B", "slixmpp_room.py", String(server.clientPort)];
    const script = startChild("/usr/bin/python3", args, { cwd: FOLDER, env: process.env });
    let output = "";
    for (const stream of [script.process.stdout, script.process.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const status = await script.exited;
    expect(status === 0 ? "" : `${output}\n\nVerona's log:\n${verona.log()}`).toBe("");
  });
});
