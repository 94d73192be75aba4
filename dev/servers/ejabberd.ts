import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "./ports.ts";
import {
  type AllPorts,
  type HoldLimits,
  makeDataFolder,
  type Ports,
  partsOf,
  type RoomStorage,
  type RunningServer,
  replaceAll,
  requireProgram,
  runServer,
  type ServerOptions,
  type XmppServer,
} from "./server.ts";

/** The block that operators add under "listen:". */
const LISTENER = readFileSync(new URL("../../docs/ejabberd.yml", import.meta.url), "utf8");
const CONTRIB = join(import.meta.dirname, "../../contrib/ejabberd");
/** The lines that operators add under "modules:". */
const HOLD_BLOCK = readFileSync(join(CONTRIB, "hold.yml"), "utf8");
const COPIES_BLOCK = readFileSync(join(CONTRIB, "multicast.yml"), "utf8");

/** The SQLite file in the data folder. */
export const EJABBERD_DATABASE = "ejabberd.sqlite";

/** Returns the SQL that creates ejabberd's tables in PostgreSQL, in the old or the new schema (`?schema=new`). */
export const ejabberdTables = (schema: "old" | "new"): string =>
  readFileSync(`/usr/share/ejabberd/sql/pg${schema === "new" ? ".new" : ""}.sql`, "utf8");

/** What makes an ejabberd a node of a cluster. */
export interface Membership {
  /** Arguments of the Erlang machine. */
  readonly args: readonly string[];
  /** Erlang code that runs after the start, with a comma at its end. */
  readonly join: string;
}

/**
 * Runs ejabberd with its own data and free loopback ports, without encryption and federation. It starts without
 * ejabberdctl, which changes the user, and without Erlang's distribution.
 */
export async function startEjabberd(options: ServerOptions): Promise<RunningServer> {
  const [clientPort, httpPort, componentPort, ...more] = (await freePorts(
    2 + Math.max(1, options.components.length),
  )) as [number, number, number, ...number[]];
  const componentPorts = [componentPort, ...more];
  const ports: AllPorts = { clientPort, componentPort, componentPorts, httpPort };
  const dataFolder = makeDataFolder("ejabberd");
  if (options.hold) compileModule("mod_component_hold", dataFolder);
  if (options.copies) compileModule("mod_component_multicast", dataFolder);
  const listeners = options.components.map(({ domain, secret }, index) =>
    replaceAll(LISTENER, {
      "port: 5347": `port: ${componentPorts[index]}`,
      '"127.0.0.1"': JSON.stringify(options.address === undefined ? "127.0.0.1" : "0.0.0.0"),
      '"conference.example.com"': JSON.stringify(domain),
      '"change-me"': JSON.stringify(secret),
      ...(options.componentCertificate !== undefined && {
        "module: ejabberd_service": `module: ejabberd_service\n    tls: true\n    certfile: ${JSON.stringify(options.componentCertificate)}`,
      }),
    }),
  );
  return runEjabberd(
    dataFolder,
    ports,
    ejabberdConfiguration(options, ports, dataFolder, listeners),
    options,
  );
}

/** Runs ejabberd with a configuration that uses these ports, joins it to a cluster, and registers the users. */
export async function runEjabberd<P extends Ports>(
  dataFolder: string,
  ports: P,
  configuration: string,
  users: Pick<ServerOptions, "domain" | "users">,
  membership: Membership = { args: [], join: "" },
): Promise<XmppServer & P> {
  const control = requireProgram("ejabberdctl");
  const command = requireProgram("erl");
  const configFile = join(dataFolder, "ejabberd.yml");
  const database = join(dataFolder, "database");
  mkdirSync(database);
  writeFileSync(configFile, configuration);
  const args = [
    ...["-noinput", "+sbwt", "none", "-pa", ".", ...membership.args],
    ...["-mnesia", "dir", JSON.stringify(database)],
    ...["-s", "ejabberd"],
    ...["-eval", `${membership.join} ${registration(users)} ok = file:write_file("ready", <<>>).`],
  ];
  return runServer({
    name: "ejabberd",
    dataFolder,
    ports,
    ready: { file: join(dataFolder, "ready") },
    programs: [{ command, args }],
    env: {
      ...process.env,
      HOME: dataFolder,
      ERL_LIBS: librariesOf(control),
      ERL_CRASH_DUMP: join(dataFolder, "erl_crash.dump"),
      EJABBERD_CONFIG_PATH: configFile,
      EJABBERD_LOG_PATH: join(dataFolder, "ejabberd.log"),
    },
  });
}

/** Returns a configuration with these listeners for components. */
export function ejabberdConfiguration(
  { domain, components, rooms, roomStorage, multicast, copies, hold, pubsub, modules = [] }: ServerOptions,
  ports: Pick<AllPorts, "clientPort" | "httpPort">,
  dataFolder: string,
  listeners: readonly string[],
): string {
  return `
loglevel: info
hosts: [${JSON.stringify(domain)}]
auth_method: internal
auth_password_format: plain
acme:
  auto: false
access_rules:
  nobody:
    deny: all
s2s_access: nobody
${sqlStorage(roomStorage, dataFolder)}modules:
  mod_disco: {}
  mod_roster: {}
  mod_vcard:
    search: false
${modules.map((name) => `  ${name}: ${name === "mod_mam" ? "{ default: always }" : "{}"}\n`).join("")}${multicast === undefined ? "" : multicastModule(multicast)}${copies ? moduleBlock(COPIES_BLOCK, components[0]?.domain) : ""}${holdModule(hold, components[0]?.domain)}${rooms === undefined ? "" : roomModules(rooms, roomStorage)}${pubsub === undefined ? "" : pubsubModule(pubsub)}listen:
  -
    port: ${ports.clientPort}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    backlog: 128
  -
    port: ${ports.httpPort}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /xmpp-websocket: ejabberd_http_ws
      /api: mod_http_api
${listeners.join("")}`;
}

const pubsubModule = (domain: string): string => `  mod_pubsub:
    host: ${JSON.stringify(domain)}
    plugins: ["flat"]
    max_items_node: 1000
    default_node_config:
      max_items: 1000
      access_model: open
`;

/**
 * Returns the configuration of ejabberd's own rooms, with limits that no test reaches, and of ejabberdctl's commands
 * over HTTP, because it runs without ejabberdctl.
 */
function roomModules(rooms: string, storage: RoomStorage | undefined): string {
  const archive = storage === "archive in sqlite" ? "{ db_type: sql }" : "{}";
  return `  mod_muc:
    host: ${JSON.stringify(rooms)}
    max_users: 20000
    max_users_presence: 20000
    max_user_conferences: 10000
    default_room_options:
      max_users: 20000
      mam: true
  mod_mam: ${archive}
  mod_http_api: {}
api_permissions:
  "commands from this machine":
    from: [mod_http_api]
    who:
      ip: "127.0.0.0/8"
    what: "*"
`;
}

/** Returns the configuration by which everything but accounts is in the database. */
function sqlStorage(storage: RoomStorage = "built-in", dataFolder = ""): string {
  if (storage === "built-in") return "";
  if (storage === "sqlite" || storage === "archive in sqlite")
    return `${storage === "sqlite" ? "default_db: sql\n" : ""}sql_type: sqlite
sql_database: ${JSON.stringify(join(dataFolder, EJABBERD_DATABASE))}
`;
  const { host, port, user, secret, database } = partsOf(storage);
  return `default_db: sql
sql_type: pgsql
sql_server: ${JSON.stringify(host)}
sql_port: ${port}
sql_username: ${JSON.stringify(user)}
sql_password: ${JSON.stringify(secret)}
sql_database: ${JSON.stringify(database)}
new_sql_schema: ${storage.searchParams.get("schema") === "new"}
`;
}

/** Returns the configuration of multicast. Components count as remote senders, which may use 20 addresses by default. */
function multicastModule(addresses: number): string {
  return `  mod_multicast:
    limits:
      remote:
        message: ${addresses}
        presence: ${addresses}
`;
}

/** Returns the configuration of the contributed module that holds stanzas, for one component. */
function holdModule(limits: HoldLimits | undefined, component = ""): string {
  if (!limits) return "";
  return (
    moduleBlock(HOLD_BLOCK, component) +
    Object.entries(limits)
      .map(([name, value]) => `    ${name}: ${value}\n`)
      .join("")
  );
}

/** Returns the configuration of a contributed module for one component. */
const moduleBlock = (block: string, component = ""): string =>
  replaceAll(block, { '"conference.example.com"': JSON.stringify(component) });

/** Compiles a contributed module into a folder, with the options of "ejabberdctl module_install". */
export function compileModule(name: string, folder: string): void {
  const sources = JSON.stringify(join(CONTRIB, name, "src/*.erl"));
  const includes = `[{i, filename:dirname(filename:dirname(code:which(M))) ++ "/include"} || M <- [ejabberd, xmpp, fxml]]`;
  const code = `[{ok, _} = compile:file(F, [report, warnings_as_errors | ${includes}]) || F <- filelib:wildcard(${sources})], halt().`;
  const env = { ...process.env, ERL_LIBS: librariesOf(requireProgram("ejabberdctl")) };
  const run = spawnSync(requireProgram("erl"), ["-noinput", "-eval", code], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`${name} was not compiled:\n${run.stdout}${run.stderr}`);
}

/** Returns Erlang code that registers the users. Users that exist after a restart are left alone. */
function registration({ domain, users }: Pick<ServerOptions, "domain" | "users">): string {
  return users
    .map(({ username, password }) => [username, domain, password].map(binary).join(", "))
    .map((account) => `ejabberd_auth:try_register(${account}),`)
    .join(" ");
}

function binary(text: string): string {
  return `<<${[...Buffer.from(text)].join(",")}>>`;
}

/** Returns the folder of ejabberd's libraries, which depends on the architecture. */
function librariesOf(control: string): string {
  return /^ERL_LIBS='?([^'\n]+)/m.exec(readFileSync(control, "utf8"))?.[1] ?? "";
}
