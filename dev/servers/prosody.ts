import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { documentedBlock, freePorts, type RunningServer, requireProgram, type ServerOptions, ServerProcess } from "./server.ts";

const PROGRAM = "/usr/bin/prosody";

/** Starts Debian's Prosody with these accounts and components. */
export async function startProsody(options: ServerOptions): Promise<RunningServer> {
  requireProgram(PROGRAM);
  const dataFolder = mkdtempSync(join(tmpdir(), "verona-prosody-"));
  const [clientPort = 0, componentPort = 0, httpPort = 0] = await freePorts(3);
  writeAccounts(dataFolder, options);
  const configFile = join(dataFolder, "prosody.cfg.lua");
  writeFileSync(configFile, configuration(dataFolder, options, { clientPort, componentPort, httpPort }));
  const command = [PROGRAM, "--config", configFile, "-F"] as const;
  const server = new ServerProcess(command, join(dataFolder, "output.log"), [clientPort, componentPort, httpPort]);
  await server.start();
  return {
    name: "prosody",
    host: "127.0.0.1",
    clientPort,
    componentPort,
    httpPort,
    dataFolder,
    async restart() {
      await server.stop();
      await server.start();
    },
    async stop() {
      await server.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Accounts as Prosody's internal storage keeps them; the passwords are those of a test. */
function writeAccounts(dataFolder: string, { domain, users }: ServerOptions): void {
  const escaped = [...Buffer.from(domain)].map((byte) => encodeByte(byte)).join("");
  const folder = join(dataFolder, escaped, "accounts");
  mkdirSync(folder, { recursive: true });
  for (const { username, password } of users) {
    writeFileSync(join(folder, `${username}.dat`), `return { ["password"] = ${JSON.stringify(password)}; };\n`);
  }
}

function encodeByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[a-z0-9]/i.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
}

function configuration(
  dataFolder: string,
  { domain, components }: ServerOptions,
  ports: { clientPort: number; componentPort: number; httpPort: number },
): string {
  return `
run_as_root = true
data_path = "${dataFolder}"
log = { info = "${dataFolder}/prosody.log" }
pidfile = "${dataFolder}/prosody.pid"
interfaces = { "127.0.0.1" }
c2s_ports = { ${ports.clientPort} }
c2s_direct_tls_ports = { }
http_interfaces = { "127.0.0.1" }
http_ports = { ${ports.httpPort} }
https_ports = { }
http_default_host = "${domain}"
cross_domain_websocket = true
consider_websocket_secure = true
modules_enabled = { "roster", "saslauth", "disco", "ping", "websocket", "posix", "presence", "message", "iq" }
modules_disabled = { "s2s", "tls", "offline" }
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
limits = { c2s = { rate = "10mb/s" } }
VirtualHost "${domain}"
${components.map((each) => documentedBlock("prosody.cfg.lua", each.domain, each.secret, ports.componentPort)).join("\n")}
`.replace(/^component_(ports|interfaces).*$/gm, "") // global settings stand before the first host
    .replace('VirtualHost "', `component_ports = { ${ports.componentPort} }\ncomponent_interfaces = { "127.0.0.1" }\nVirtualHost "`);
}
