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

const CONTRIB = join(import.meta.dirname, "../../contrib/prosody");
/** The blocks that operators add: to the global section, and at the end. */
const [GLOBAL_BLOCK, COMPONENT_BLOCK] = blocksOf(join(import.meta.dirname, "../../docs/prosody.cfg.lua"));
const [PLUGINS_GLOBAL, MULTICAST_BLOCK] = blocksOf(join(CONTRIB, "multicast.cfg.lua"));
const [, HOLD_BLOCK] = blocksOf(join(CONTRIB, "hold.cfg.lua"));

/** The SQLite file in the data folder. */
export const PROSODY_DATABASE = "prosody.sqlite";

/** Runs Prosody with its own data and free loopback ports, without encryption and federation. */
export async function startProsody(options: ServerOptions): Promise<RunningServer> {
  const [clientPort, componentPort, httpPort] = (await freePorts(3)) as [number, number, number];
  const componentPorts = options.components.map(() => componentPort);
  const ports: AllPorts = { clientPort, componentPort, componentPorts, httpPort };
  const dataFolder = makeDataFolder("prosody");
  return runProsody(dataFolder, ports, configuration(options, ports, dataFolder), options);
}

/** Runs Prosody with a configuration that uses these ports and this folder, and creates the users. */
export async function runProsody<P extends Ports>(
  dataFolder: string,
  ports: P,
  configuration: string,
  users: Pick<ServerOptions, "domain" | "users">,
): Promise<XmppServer & P> {
  const command = requireProgram("prosody");
  const configFile = join(dataFolder, "prosody.cfg.lua");
  writeFileSync(configFile, configuration);
  writeAccounts(users, dataFolder);
  return runServer({
    name: "prosody",
    dataFolder,
    ports,
    programs: [{ command, args: ["-F", "--config", configFile] }],
    env: process.env,
  });
}

function blocksOf(file: string): [global: string, component: string] {
  const [global = "", component = ""] = readFileSync(file, "utf8").split(/^(?=Component )/m);
  return [global, component];
}

function configuration(
  {
    domain,
    components,
    users,
    rooms,
    roomStorage,
    copies,
    // The module for copies has a limit of addresses too.
    multicast = copies ? 100 : undefined,
    hold,
    address,
    pubsub,
    modules = [],
  }: ServerOptions,
  ports: AllPorts,
  dataFolder: string,
): string {
  // The first host or component ends the global section.
  const general = `
run_as_root = true
pidfile = ${quote(join(dataFolder, "prosody.pid"))}
data_path = ${quote(dataFolder)}
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { ${ports.clientPort} }
http_ports = { ${ports.httpPort} }
https_ports = {}
modules_enabled = { ${["saslauth", "roster", "disco", "vcard", "websocket", ...modules].map(quote).join(", ")} }
modules_disabled = { "s2s", "offline" }
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_websocket_secure = true
cross_domain_websocket = true
http_default_host = ${quote(domain)}
`;
  const addresses = ["127.0.0.1", ...(address === undefined ? [] : [address])];
  const link = replaceAll(GLOBAL_BLOCK, {
    "5347": String(ports.componentPort),
    '"127.0.0.1"': addresses.map(quote).join(", "),
  });
  const blocks = components.map((component, index) => {
    const block = replaceAll(COMPONENT_BLOCK, {
      '"conference.example.com"': quote(component.domain),
      '"change-me"': quote(component.secret),
    });
    return hold && index === 0 ? block + holdLines(hold) : block;
  });
  const own =
    rooms === undefined
      ? []
      : [`Component ${quote(rooms)} "muc"\nmodules_enabled = { "muc_mam" }\n${sqlStorage(roomStorage)}`];
  const plugins =
    multicast === undefined && !hold
      ? ""
      : replaceAll(PLUGINS_GLOBAL, { '"/usr/local/lib/prosody/verona"': quote(CONTRIB) });
  const service = multicast === undefined ? "" : multicastService(domain, components[0]?.domain, multicast);
  if (pubsub !== undefined)
    own.push(
      `Component ${quote(pubsub)} "pubsub"\nadmins = { ${users.map(({ username }) => quote(`${username}@${domain}`)).join(", ")} }\n`,
    );
  return [general, link, plugins, `VirtualHost ${quote(domain)}\n`, ...own, ...blocks, service].join("\n");
}

/** Returns the configuration of the contributed multicast module, for one component. */
function multicastService(domain: string, sender: string | undefined, addresses: number): string {
  const service = replaceAll(MULTICAST_BLOCK, {
    '"multicast.example.com"': quote(`multicast.${domain}`),
    '"conference.example.com"': quote(sender ?? ""),
  });
  return `${service}\tcomponent_multicast_limit = ${addresses}\n`;
}

/** Returns the lines of the module that holds stanzas, for a component's section. */
function holdLines(limits: HoldLimits): string {
  const [, ...lines] = HOLD_BLOCK.split("\n");
  const options = Object.entries(limits).map(([name, value]) => `\tcomponent_hold_${name} = ${value}\n`);
  return lines.join("\n") + options.join("");
}

function sqlStorage(storage: RoomStorage = "built-in"): string {
  if (storage === "built-in") return "";
  if (storage === "sqlite" || storage === "archive in sqlite") {
    const stores = storage === "sqlite" ? '"sql"' : '{ muc_log = "sql" }';
    return `storage = ${stores}\nsql = { driver = "SQLite3", database = ${quote(PROSODY_DATABASE)} }\n`;
  }
  const { host, port, user, secret, database } = partsOf(storage);
  const login = `username = ${quote(user)}, password = ${quote(secret)}, host = ${quote(host)}, port = ${port}`;
  return `storage = "sql"\nsql = { driver = "PostgreSQL", database = ${quote(database)}, ${login} }\n`;
}

/** Writes accounts in the format of mod_storage_internal, which is faster than running prosodyctl for each. */
function writeAccounts({ domain, users }: Pick<ServerOptions, "domain" | "users">, dataFolder: string): void {
  const folder = join(dataFolder, fileName(domain), "accounts");
  mkdirSync(folder, { recursive: true });
  for (const { username, password } of users)
    writeFileSync(
      join(folder, `${fileName(username)}.dat`),
      `return { ["password"] = ${quote(password)} };\n`,
    );
}

function fileName(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9]/.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}

/** Quotes a Lua string. Bytes that are no plain characters become decimal escapes. */
function quote(text: string): string {
  const escaped = [...Buffer.from(text)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[\w ./:@-]/.test(char) ? char : `\\${String(byte).padStart(3, "0")}`;
  });
  return `"${escaped.join("")}"`;
}
