// The README's changes, applied to the configuration files that Debian's packages install, with TLS.
import { spawnSync } from "node:child_process";
import { accessSync, constants, cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { runEjabberd } from "../../dev/servers/ejabberd.ts";
import { freePorts } from "../../dev/servers/ports.ts";
import { runProsody } from "../../dev/servers/prosody.ts";
import { makeDataFolder, type Ports, replaceAll, type XmppServer } from "../../dev/servers/server.ts";
import { startVerona } from "../../dev/verona.ts";
import { join as enter } from "../support/chat.ts";
import { connectClient } from "../support/client.ts";
import { COMPONENT, DOMAIN, OPTIONS, USERS } from "../support/servers.ts";

const SHIPPED = { prosody: "/etc/prosody/prosody.cfg.lua", ejabberd: "/etc/ejabberd/ejabberd.yml" };
const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Returns the README's block in that language, with the operator's own values. */
function blockOf(language: string, port: number): string {
  const block = new RegExp(`^\`{3}${language}\n(.*?)^\`{3}$`, "ms").exec(README)?.[1] ?? "";
  return replaceAll(block, {
    "5347": String(port),
    "conference.example.com": COMPONENT.domain,
    "change-me": COMPONENT.secret,
  });
}

/** Inserts a text before a place that must occur exactly once. */
function insertBefore(text: string, place: RegExp, added: string): string {
  const parts = text.split(place);
  expect(parts, `${place} is in the file once`).toHaveLength(2);
  return text.replace(place, (found) => `${added}\n${found}`);
}

async function makePorts(): Promise<Ports> {
  const [clientPort, componentPort] = (await freePorts(2)) as [number, number];
  return { clientPort, componentPort, componentPorts: [componentPort] };
}

async function startProsody(): Promise<XmppServer> {
  const ports = await makePorts();
  const dataFolder = makeDataFolder("prosody");
  makeCertificate(dataFolder);
  cpSync(join(dirname(SHIPPED.prosody), "conf.d"), join(dataFolder, "conf.d"), {
    recursive: true,
    dereference: true,
  });
  const block = blockOf("lua", ports.componentPort);
  const start = block.indexOf("-- At the end of the file.");
  expect(start).toBeGreaterThan(0);
  // Settings of this test, not of the operator: its folder, ports and log.
  const place = `run_as_root = true
data_path = ${JSON.stringify(dataFolder)}
pidfile = ${JSON.stringify(join(dataFolder, "prosody.pid"))}
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
c2s_ports = { ${ports.clientPort} }
c2s_direct_tls_ports = {}
s2s_ports = {}
`;
  const shipped = readFileSync(SHIPPED.prosody, "utf8");
  const changed = insertBefore(shipped, /^VirtualHost "localhost"$/m, block.slice(0, start) + place);
  return runProsody(dataFolder, ports, changed + block.slice(start), OPTIONS);
}

/** Makes a certificate as Debian's package makes one for localhost. */
function makeCertificate(folder: string): void {
  mkdirSync(join(folder, "certs"));
  const made = spawnSync("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${DOMAIN}`],
    ...["-addext", `subjectAltName=DNS:${DOMAIN}`],
    ...["-keyout", join(folder, `certs/${DOMAIN}.key`), "-out", join(folder, `certs/${DOMAIN}.crt`)],
  ]);
  expect(made.status, String(made.stderr)).toBe(0);
}

/** Starts ejabberd. `change` edits the modules as the README's block says. */
async function startEjabberd(change: (modules: string, block: string) => string): Promise<XmppServer> {
  const ports = await makePorts();
  const block = blockOf("yaml", ports.componentPort);
  const shipped = readFileSync(SHIPPED.ejabberd, "utf8");
  const listed = shipped.match(/^ {4}port: \d+$/gm) ?? [];
  const others = await freePorts(listed.length);
  let moved = shipped.replaceAll('ip: "::"', 'ip: "127.0.0.1"');
  for (const line of listed)
    moved = moved.replace(line, `    port: ${line.endsWith(" 5222") ? ports.clientPort : others.pop()}`);
  const listening = moved.replace(/^listen:$/m, (found) => `${found}\n${block.trimEnd()}`);
  expect(listening).toContain(block);
  const [before, after] = listening.split(/^(?=modules:$)/m) as [string, string];
  return runEjabberd(makeDataFolder("ejabberd"), ports, before + change(after, block), OPTIONS);
}

/** Removes these modules, each with the more indented lines below it. */
const without = (modules: string, names: readonly string[]): string =>
  modules.replace(new RegExp(`^  (?:${names.join("|")}):.*\n(?: {3,}.*\n)*`, "gm"), "");

function namesIn(block: string): string[] {
  const comment = block.replaceAll(/\n *# */g, " ");
  const [, one = "", rest = ""] = /remove (mod_muc),[^:]*: ([^.]*)\./.exec(comment) ?? [];
  const names = [one, ...rest.split(", ")];
  expect(names).toContain("mod_muc_admin");
  return names;
}

const CHANGES: readonly [string, string, () => Promise<XmppServer>][] = [
  ["prosody", "with a component", startProsody],
  [
    "ejabberd",
    "without mod_muc and what needs it",
    () => startEjabberd((modules, block) => without(modules, namesIn(block))),
  ],
  [
    "ejabberd",
    "with mod_muc at another domain",
    () =>
      startEjabberd((modules, block) => {
        const [line = ""] = /host: "[^"]+"$/m.exec(block) ?? [];
        return insertBefore(modules, /^ {4}access_create: muc_create$/m, `    ${line}`);
      }),
  ],
];

function mayRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

describe("the configuration that Debian installs, changed as the README says", () => {
  const { NODE_TLS_REJECT_UNAUTHORIZED } = process.env;
  beforeAll(() => {
    // The certificates of both servers are self-signed.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  });
  afterAll(() => {
    if (NODE_TLS_REJECT_UNAUTHORIZED === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = NODE_TLS_REJECT_UNAUTHORIZED;
  });

  test.each(CHANGES)("starts %s %s, and a client with TLS enters a room", async (name, _how, start) => {
    const file = SHIPPED[name as keyof typeof SHIPPED];
    if (!mayRead(file)) throw new Error(`${file} is not there, or only for root: this test needs it`);
    const server = await start();
    onTestFinished(() => server.stop());
    const verona = await startVerona({ server, ...COMPONENT, env: { VERONA_LOG_LEVEL: "debug" } });
    onTestFinished(async () => void (await verona.stop()));
    await verona.logged("stanzas to Verona's own domain arrive");
    const [user] = USERS as [(typeof USERS)[number]];
    const client = await connectClient({ port: server.clientPort, domain: DOMAIN, ...user });
    onTestFinished(() => client.close());
    expect(client.isSecure).toBe(true);
    await enter(client, `coven@${COMPONENT.domain}`, "hecate");
  });
});
