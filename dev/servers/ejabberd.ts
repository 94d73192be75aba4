import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  documentedBlock,
  freePorts,
  type RunningServer,
  requireProgram,
  type ServerOptions,
  ServerProcess,
} from "./server.ts";

const LAUNCHER = "/usr/sbin/ejabberdctl";
const ERLANG = "/usr/bin/erl";

/**
 * Starts Debian's ejabberd with these accounts and components: its Erlang application by itself, as the
 * launcher wants the system's user and folders and a node name.
 */
export async function startEjabberd(options: ServerOptions): Promise<RunningServer> {
  requireProgram(LAUNCHER);
  const dataFolder = mkdtempSync(join(tmpdir(), "verona-ejabberd-"));
  const [clientPort = 0, componentPort = 0, httpPort = 0] = await freePorts(3);
  const database = join(dataFolder, "database");
  mkdirSync(database);
  const configFile = join(dataFolder, "ejabberd.yml");
  writeFileSync(configFile, configuration(options, { clientPort, componentPort, httpPort }));
  const command = [
    ERLANG,
    "-noinput",
    "-mnesia",
    "dir",
    JSON.stringify(database),
    "-s",
    "ejabberd",
    "-eval",
    registerAccounts(options),
  ] as const;
  const env = {
    PATH: process.env.PATH,
    HOME: dataFolder,
    ERL_LIBS: `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`,
    EJABBERD_CONFIG_PATH: configFile,
    EJABBERD_LOG_PATH: join(dataFolder, "ejabberd.log"),
  };
  const ports = [clientPort, componentPort, httpPort];
  const server = new ServerProcess(command, join(dataFolder, "output.log"), ports, env);
  await server.start();
  await server.printed("accounts ready");
  return {
    name: "ejabberd",
    host: "127.0.0.1",
    clientPort,
    componentPort,
    httpPort,
    dataFolder,
    async restart() {
      await server.stop();
      await server.start();
      await server.printed("accounts ready");
    },
    async stop() {
      await server.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

function registerAccounts({ domain, users }: ServerOptions): string {
  const text = (value: string): string => `<<${JSON.stringify(value)}>>`;
  const calls = users.map(
    ({ username, password }) =>
      `ejabberd_auth:try_register(${text(username)}, ${text(domain)}, ${text(password)})`,
  );
  return `${[...calls, 'io:format("accounts ready~n")'].join(", ")}.`;
}

function configuration(
  { domain, components }: ServerOptions,
  ports: { clientPort: number; componentPort: number; httpPort: number },
): string {
  return `
hosts: ["${domain}"]
loglevel: info
auth_method: internal
listen:
  -
    port: ${ports.clientPort}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    access: c2s
  -
    port: ${ports.httpPort}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /xmpp-websocket: ejabberd_http_ws
${components.map((each) => documentedBlock("ejabberd.yml", each.domain, each.secret, ports.componentPort)).join("")}
s2s_access: none
access_rules:
  c2s:
    - allow
  none:
    - deny
modules:
  mod_disco: {}
  mod_ping: {}
  mod_roster: {}
`;
}
