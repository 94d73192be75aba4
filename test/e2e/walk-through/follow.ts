// Follows a walk-through of the documentation on a copy of this machine (machine.sh). Usage: follow.ts prosody|ejabberd [moving]
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { join, submittedForm, withId } from "../../support/chat.ts";
import { connectClient, type TestClient } from "../../support/client.ts";

const ROOT = new URL("../../../", import.meta.url);
const [server = "prosody", kind = "new"] = process.argv.slice(2);
const ROOM = "lobby@conference.localhost";
const PASSWORD = "wherefore";
// The certificates of Debian's packages are self-signed.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";

const read = (name: string): string => readFileSync(new URL(name, ROOT), "utf8");

/** Returns the commands of a section, for the domain that Debian's configurations have. */
function commandsIn(page: string, section: string): string[] {
  const text = read(page)
    .split(/^## /m)
    .find((each) => each.startsWith(`${section}\n`));
  if (text === undefined) throw new Error(`${page} has no section ${section}`);
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) =>
    block.replaceAll("example.com", "localhost"),
  );
}

function run(commands: string): string {
  process.stdout.write(`${commands.replaceAll(/^/gm, "$ ")}\n`);
  const output = execFileSync("bash", ["-euc", commands], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(output);
  return output;
}

/** Installs all but the package itself, which needs the network: dev/debian/newcomer.sh installs that. */
function install(): void {
  const [first = "", ...more] = commandsIn("docs/installation.md", "Install");
  const local = first.split("\n").filter((line) => !/^(git clone|\(cd verona|npm install)/.test(line));
  run(local.join("\n"));
  run("sed -i 's/example[.]com/localhost/' /etc/verona.json");
  for (const commands of more) run(commands);
}

function addUsers(): void {
  const program = server === "prosody" ? "prosodyctl" : "ejabberdctl";
  for (const user of ["juliet", "romeo"]) run(`${program} register ${user} localhost ${PASSWORD}`);
}

/** Runs an action again and again until it succeeds. */
async function soon<T>(action: () => T | Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1)
    try {
      return await action();
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(200);
    }
}

const connect = (username: string): Promise<TestClient> =>
  soon(() => connectClient({ port: 5222, domain: "localhost", username, password: PASSWORD }));

async function say(client: TestClient, id: string): Promise<void> {
  await client.send(`<message type="groupchat" id="${id}" to="${ROOM}"><body>${id}</body></message>`);
  const { attrs } = await client.receive(withId(id));
  if (attrs.type !== "groupchat") throw new Error(`the room refused the message ${id}`);
}

/** Waits until the service says that it is online, as the page tells to look. */
async function look(): Promise<string> {
  const [status = "", create = ""] = commandsIn("docs/installation.md", "Look");
  await soon(() => {
    if (!/^Link +online$/m.test(run(status))) throw new Error("the service is not online");
  });
  return create;
}

/** Starts the server, with a certificate for users: Debian's Prosody refers to one that another package makes. */
async function begin(): Promise<void> {
  if (server === "prosody") {
    const names = "-subj /CN=localhost -addext subjectAltName=DNS:localhost";
    const files = "-keyout localhost.key -out localhost.crt";
    run(
      `cd /etc/prosody/certs; rm -f localhost.*; openssl req -x509 -newkey rsa:2048 -nodes -days 2 ${names} ${files} 2>&1; chmod 644 localhost.*`,
    );
  }
  run(`systemctl start ${server}`);
  await soon(addUsers);
}

/** Walks through the installation beside a server. */
async function installBeside(): Promise<void> {
  await begin();
  install();
  const section = server === "prosody" ? "Beside Prosody" : "Beside ejabberd";
  for (const commands of commandsIn("docs/installation.md", section)) run(commands);
  run(await look());
  const [juliet, romeo] = [await connect("juliet"), await connect("romeo")];
  await join(juliet, ROOM, "juliet");
  await join(romeo, ROOM, "romeo");
  await say(juliet, "hail");
  await romeo.receive(withId("hail"));
  await Promise.all([juliet.close(), romeo.close()]);
}

/** Moves a room of the server's own to Verona. */
async function move(): Promise<void> {
  const configuration = "/etc/prosody/prosody.cfg.lua";
  if (server === "prosody") run(`printf '\\nComponent "conference.localhost" "muc"\\n' >>${configuration}`);
  await begin();
  const juliet = await connect("juliet");
  await join(juliet, ROOM, "juliet");
  const form = submittedForm("http://jabber.org/protocol/muc#roomconfig", {
    "muc#roomconfig_persistentroom": "1",
    "muc#roomconfig_roomname": "Lobby",
  });
  await juliet.send(
    `<iq type="set" id="c" to="${ROOM}"><query xmlns="http://jabber.org/protocol/muc#owner">${form}</query></iq>`,
  );
  await juliet.receive(withId("c"));
  await say(juliet, "before");
  await juliet.close();
  install();
  const blocks = commandsIn("docs/moving-in.md", server === "prosody" ? "Prosody" : "ejabberd");
  run("mkdir -p /var/backups");
  const [rehearsal = "", moved = "", start = ""] = blocks;
  // Status 3: Debian's configurations keep no history of rooms.
  for (const commands of [rehearsal, moved])
    run(`verona() { command verona "$@" || [ $? -eq 3 ]; }\n${commands}`);
  if (server === "prosody") {
    run(`sed -i '/^Component "conference.localhost" "muc"$/d' ${configuration}`);
    const [component = ""] = commandsIn("docs/installation.md", "Beside Prosody");
    run(component.replace(/^systemctl.*$/m, ""));
  } else {
    const [listener = ""] = commandsIn("docs/installation.md", "Beside ejabberd");
    run(listener.replace(/^systemctl.*$/m, ""));
  }
  run(start);
  await look();
  const again = await connect("juliet");
  await join(again, ROOM, "juliet");
  await say(again, "after");
  const show = "runuser -u verona -- verona room show lobby --json --config /etc/verona.json";
  const shown = JSON.parse(run(`cd /var/lib/verona; ${show}`));
  if (shown.configuration.name !== "Lobby") throw new Error("the room has lost its name");
  if (shown.archivedMessages !== 1) throw new Error("the room has not heard what was said");
  if (shown.affiliations[0]?.user !== "juliet@localhost") throw new Error("the room has lost its owner");
  await again.close();
}

try {
  await (kind === "moving" ? move() : installBeside());
} catch (error) {
  spawnSync("sh", ["-c", "tail -n 30 /var/log/*.walk-through.log"], { stdio: "inherit" });
  throw error;
}
process.stdout.write("followed\n");
process.exit(0);
