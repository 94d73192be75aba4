import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { freePorts } from "./ports.ts";
import {
  makeDataFolder,
  replaceAll,
  requireProgram,
  runServer,
  type ServerOptions,
  type XmppServer,
} from "./server.ts";

const SETTINGS = "/etc/jabberd2";
const TABLES = "/usr/share/doc/jabberd2/db-setup.sqlite.gz";
/** The database of Debian's files, which each jabberd2 must replace. */
const SHIPPED_DATABASE = "/var/lib/jabberd2/sqlite.db";

/**
 * Runs the three programs of jabberd2 (router, session manager, client connections) with Debian's configuration files,
 * in which ports, paths and the domain are replaced. All components have the secret of the first.
 */
export async function startJabberd2(
  options: Pick<ServerOptions, "domain" | "components" | "users">,
): Promise<XmppServer> {
  const [clientPort, componentPort] = (await freePorts(2)) as [number, number];
  const dataFolder = makeDataFolder("jabberd2");
  const common = {
    "<log type='file'>": "<log type='stdout'>",
    "/var/run/jabberd2": dataFolder,
    "<port>5347</port>": `<port>${componentPort}</port>`,
  };
  // The router may start last.
  const ofRouter = {
    ...common,
    "<init>3</init>": "<init>-1</init>",
    [SHIPPED_DATABASE]: join(dataFolder, "sqlite.db"),
    "localhost.localdomain</id>": `${options.domain}</id>`,
  };
  write(dataFolder, "router", {
    ...common,
    "<ip>0.0.0.0</ip>": "<ip>127.0.0.1</ip>",
    "<secret>secret</secret>": `<secret>${options.components[0]?.secret}</secret>`,
  });
  write(dataFolder, "sm", ofRouter);
  write(dataFolder, "c2s", {
    ...ofRouter,
    "<ip>0.0.0.0</ip>": "<ip>127.0.0.1</ip>",
    "<port>5222</port>": `<port>${clientPort}</port>`,
  });
  writeAccounts(options, join(dataFolder, "sqlite.db"));
  const program = (name: string) => ({
    command: requireProgram(`jabberd2-${name}`),
    args: ["-c", join(dataFolder, `${name}.xml`)],
  });
  return runServer({
    name: "jabberd2",
    dataFolder,
    ports: { clientPort, componentPort, componentPorts: [componentPort] },
    // The session manager has no port; the router logs when it is online.
    ready: { logged: `[${options.domain}] online` },
    programs: [program("router"), program("sm"), program("c2s")],
    env: process.env,
  });
}

function write(folder: string, name: string, replacements: Record<string, string>): void {
  const shipped = readFileSync(join(SETTINGS, `${name}.xml`), "utf8");
  writeFileSync(join(folder, `${name}.xml`), replaceAll(shipped, replacements));
}

function writeAccounts({ domain, users }: Pick<ServerOptions, "domain" | "users">, path: string): void {
  const database = new DatabaseSync(path);
  database.exec(gunzipSync(readFileSync(TABLES)).toString());
  const account = database.prepare(`INSERT INTO authreg (username, realm, password) VALUES (?, ?, ?)`);
  const active = database.prepare(`INSERT INTO active ("collection-owner", time) VALUES (?, 0)`);
  for (const { username, password } of users) {
    account.run(username, domain, password);
    active.run(`${username}@${domain}`);
  }
  database.close();
}
