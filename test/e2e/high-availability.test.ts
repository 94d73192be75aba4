// The walk-through of docs/high-availability.md, with two machines in a network of this one.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Machine, networkProblem, openNetwork } from "../../dev/network.ts";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { DATABASE_USER, startPostgres } from "../../dev/servers/postgres.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import { replaceAll } from "../../dev/servers/server.ts";
import { launchWithFile, type RunningVerona } from "../../dev/verona.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { join as enter, receiveSubject } from "../support/chat.ts";
import { connectClient } from "../support/client.ts";

const PAGE = readFileSync(new URL("../../docs/high-availability.md", import.meta.url), "utf8");
const PROGRAM = new URL("../../bin/verona.cjs", import.meta.url).pathname;
const COMPONENT = { domain: "conference.example.com", secret: "change-me" };
const USER = { username: "user", password: "password" };

/** Returns the page's only block in this language. */
function blockOf(language: string): string {
  const [block, ...more] = [...PAGE.matchAll(new RegExp(`^\`{3}${language}\n(.*?)^\`{3}$`, "gms"))];
  if (block?.[1] === undefined || more.length > 0) throw new Error(`not one block in ${language}`);
  return block[1];
}

let cleanUp: (() => unknown)[];
beforeEach(() => {
  cleanUp = [];
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
});

const problem = networkProblem();

describe.each([
  ["prosody", startProsody],
  ["ejabberd", startEjabberd],
])("two machines, PostgreSQL and %s", (_name, start) => {
  it("serve by turns, as the page says", async (context) => {
    context.skip(problem !== undefined, problem);
    const network = openNetwork();
    cleanUp.push(() => network.close());
    const { address } = network;

    const database = await startPostgres({ address });
    cleanUp.push(() => database.stop());
    database.sql(`DROP ROLE ${DATABASE_USER.name}`);
    database.sql(blockOf("sql"));
    appendFileSync(database.sql("SHOW hba_file"), blockOf("conf"));
    expect(database.sql("SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL")).toBe("");

    const server = await start({
      domain: "example.com",
      components: [COMPONENT],
      users: [USER],
      hold: {},
      address,
    });
    cleanUp.push(() => server.stop());

    const folder = mkdtempSync(join(tmpdir(), "verona-pair-"));
    cleanUp.push(() => rmSync(folder, { recursive: true }));
    const configuration = join(folder, "verona.json");
    writeFileSync(
      configuration,
      replaceAll(blockOf("json"), {
        '"xmpp"': JSON.stringify(address),
        "5347": String(server.componentPort),
        "db1:5432": `${address}:${database.port}`,
      }),
    );
    const check = spawnSync(process.execPath, [PROGRAM, "check-config", "--config", configuration]);
    expect(String(check.stderr)).toBe("");

    const run = (machine: Machine): RunningVerona => {
      const verona = launchWithFile(configuration, machine.command);
      cleanUp.push(() => verona.stop());
      return verona;
    };
    const stateOf = ({ command: [program, ...args] }: Machine): string =>
      spawnSync(program, [...args, "sh", "-c", blockOf("sh")], { encoding: "utf8" }).stdout.trim();
    const [muc1, muc2] = [network.machine(), network.machine()];
    const first = run(muc1);
    await first.logged("online");
    const second = run(muc2);
    await second.logged("waiting as a standby");
    expect([stateOf(muc1), stateOf(muc2)]).toEqual(["serving", "standby"]);

    const client = await connectClient({ ...USER, port: server.clientPort, domain: "example.com" });
    cleanUp.push(() => client.close());
    const room = `room@${COMPONENT.domain}`;
    await enter(client, room, "Romeo");
    await receiveSubject(client);
    const expectInside = async (): Promise<void> => {
      const answer = await client.request(`${room}/Romeo`, "get", `<ping xmlns="${NS.ping}"/>`);
      expect(answer.attrs.type).toBe("result");
    };
    expect(await first.stop()).toBe(0);
    await expectInside();
    await second.logged("taking over");
    await second.logged("online");
    const again = run(muc1);
    await again.logged("waiting as a standby");
    expect([stateOf(muc1), stateOf(muc2)]).toEqual(["standby", "serving"]);

    // The upgrade: the standby first, then the one that serves.
    await again.stop();
    const upgraded = run(muc1);
    await upgraded.logged("waiting as a standby");
    expect(await second.stop()).toBe(0);
    await expectInside();
    expect(stateOf(muc1)).toBe("serving");
  });
});
