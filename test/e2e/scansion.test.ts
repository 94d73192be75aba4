// Runs every scansion script with each real server, with a new Verona for each script.
import { globSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connect } from "../../dev/scansion/client.ts";
import { runFile } from "../../dev/scansion/run.ts";
import { startJabberd2 } from "../../dev/servers/jabberd2.ts";
import type { XmppServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { ADMIN_ENV, COMPONENT, DOMAIN, OPTIONS, PAGES_ENV, SERVERS, USERS } from "../support/servers.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The project's own scripts, and scripts written for other services. */
const FOLDERS = ["scansion", "test/scansion/seeds"].map((folder) => join(ROOT, folder));
const SCRIPTS = FOLDERS.flatMap((folder) =>
  globSync("*.scs", { cwd: folder }).map((name) => join(folder, name)),
);

test("there are scripts", () => {
  expect(SCRIPTS).not.toEqual([]);
});

/**
 * Scripts that do not work with jabberd2. It answers some requests itself or does not pass them on (probes of clients).
 * Some scripts see the second client that each user has there, or a user logs in with another form of its name.
 */
const NOT_BEHIND_JABBERD2 = [
  ...["invitation.scs", "registration-approval.scs", "occupant-requests.scs"],
  ...["presence-probe.scs", "account-forms.scs"],
];

/**
 * Starts jabberd2 with one more client for every user, which sends presence. jabberd2 delivers no presence to a user
 * whose clients have all sent none, and the scripts send none.
 */
async function startWithPresentUsers(): Promise<XmppServer> {
  const server = await startJabberd2(OPTIONS);
  for (const { username, password } of USERS) {
    const account = { jid: `${username}@${DOMAIN}`, password };
    const client = await connect({ host: server.host, port: server.clientPort, ...account });
    await client.send("<presence/>");
  }
  return server;
}

const ALL: readonly [XmppServer["name"], () => Promise<XmppServer>][] = [
  ...SERVERS,
  ["jabberd2", startWithPresentUsers],
];

describe.each(ALL)("behind %s", (name, start) => {
  const scripts = SCRIPTS.filter(
    (path) => name !== "jabberd2" || !NOT_BEHIND_JABBERD2.includes(basename(path)),
  );
  let server: XmppServer;
  let verona: RunningVerona;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    verona = await startVerona({ server, ...COMPONENT, env: { ...ADMIN_ENV, ...PAGES_ENV } });
  });
  afterEach(() => verona?.stop());

  test.each(scripts.map((path) => relative(ROOT, path)).sort())("%s", async (script) => {
    const outcome = await runFile(join(ROOT, script), {
      host: server.host,
      port: server.clientPort,
      timeoutMs: 30_000,
    });
    expect(outcome.ok ? "" : `${outcome.report}\n\nVerona's log:\n${verona.log()}`).toBe("");
  });
});
