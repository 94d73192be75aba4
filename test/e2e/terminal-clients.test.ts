// Terminal clients of other projects: mcabber and poezio in a room, from its creation to its end.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { COMPONENT, SERVERS } from "../support/servers.ts";
import { type Terminal, Terminals } from "../support/terminal.ts";

const NOBODY = 65_534;

describe.each(SERVERS)("behind %s", (_name, start) => {
  let server: RunningServer;
  let verona: RunningVerona;
  let folder: string;
  const terminals = new Terminals();
  beforeAll(async () => {
    server = await start();
    verona = await startVerona({ server, ...COMPONENT });
    folder = mkdtempSync(join(tmpdir(), "verona-terminals-"));
    chmodSync(folder, 0o711);
  });
  afterAll(async () => {
    terminals.close();
    await verona?.stop();
    await server?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  /** Makes a folder for one client, with its configuration, in which the client's system user may write. */
  function configured(client: string, user: string, file: string, lines: readonly string[]): string {
    const home = join(folder, `${client}-${user}`);
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(join(home, file), `${lines.join("\n")}\n`, { mode: 0o600 });
    if (process.geteuid?.() === 0)
      for (const path of [home, join(home, file)]) chownSync(path, NOBODY, NOBODY);
    return home;
  }

  /** Runs a client, as "nobody" if the tests run as root, because poezio refuses to run as root. */
  function open(home: string, command: string): Terminal {
    const user = process.geteuid?.() === 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
    return terminals.open(
      `cd ${home} && ${user}env HOME=${home} LANG=C.UTF-8 TERM=screen-256color ${command}`,
    );
  }

  function openMcabber(user: string): Terminal {
    const home = configured("mcabber", user, "rc", [
      `set jid = ${user}@localhost`,
      "set password = password",
      `set server = ${server.host}`,
      `set port = ${server.clientPort}`,
      "set tls = 0",
      `set nickname = ${user}`,
      "set muc_print_status = 2",
    ]);
    return open(home, `mcabber -f ${home}/rc`);
  }

  /** Runs poezio. It enters the room when it starts, because only a room has an input line. */
  function openPoezio(user: string, occupant: string): Terminal {
    const home = configured("poezio", user, "poezio.cfg", [
      "[Poezio]",
      `jid = ${user}@localhost/poezio`,
      "password = password",
      `custom_host = ${server.host}`,
      `custom_port = ${server.clientPort}`,
      "force_encryption = false",
      `rooms = ${occupant}`,
      "use_log = false",
      "enable_carbons = false",
      "mam_sync = false",
    ]);
    return open(home, `poezio -f ${home}/poezio.cfg`);
  }

  test("mcabber makes a room, talks, changes nicknames and roles, kicks, bans and destroys", async () => {
    onTestFailed(() => console.error(verona.log()));
    const room = `verona@${COMPONENT.domain}`;
    const owner = openMcabber("user");
    const guest = openMcabber("user2");
    for (const client of [owner, guest]) await client.shows("Connection established");
    await owner.line(`/room join ${room} Romeo`);
    await owner.shows('You have joined verona@conference.localhost as "Romeo"');
    await owner.line("/roster search verona");
    owner.press("Enter");
    await owner.line("/room unlock");
    await owner.line("What light is that?");
    await owner.shows("<Romeo> What light is that?");
    await guest.line(`/room join ${room} Juliet`);
    await owner.shows("Juliet has joined");
    await guest.line("/roster search verona");
    guest.press("Enter");
    await guest.line("Art thou not Romeo?");
    await owner.shows("<Juliet> Art thou not Romeo?");
    await guest.line("/room nick Romeo");
    await guest.shows("This nickname is in use");
    await guest.line("/room nick Capulet");
    await owner.shows("Juliet is now known as Capulet");
    await owner.line("/room privmsg Capulet By a name");
    await guest.shows("PRIV#<Romeo> By a name");
    await owner.line("/room kick Capulet Good night");
    await guest.shows("Reason: Good night");
    await owner.line("/room ban user2@localhost");
    await guest.line(`/room join ${room} Juliet`);
    await guest.shows("You are banned from this room");
    await owner.line("/room destroy Exeunt");
    await owner.shows("the room has been destroyed: Exeunt");
  });

  test("poezio makes a room, configures it, talks, changes nicknames and roles, kicks, bans and destroys", async () => {
    onTestFailed(() => console.error(verona.log()));
    const room = `poezio@${COMPONENT.domain}`;
    const owner = openPoezio("user", `${room}/Hamlet`);
    await owner.shows("Authentication success");
    owner.press("C-n");
    await owner.shows("The room has been created");
    await owner.line("/configure");
    await owner.shows("Natural-Language Room Name");
    owner.press("C-y");
    await owner.shows("Hamlet (owner, moderator)");
    await owner.line("/topic To be or not");
    const guest = openPoezio("user3", `${room}/Laertes`);
    await guest.shows("Authentication success");
    guest.press("C-n");
    await guest.shows("Hamlet set the subject to: To be or not");
    await guest.line("/nick Yorick");
    await owner.shows("Laertes is now known as Yorick");
    await owner.line("Alas");
    await guest.shows("Hamlet> Alas");
    await owner.line("/affiliation Yorick member");
    await guest.shows("affiliation: member");
    await owner.line("/role Yorick moderator");
    await guest.shows("role: moderator");
    await guest.line("/version Hamlet");
    await guest.shows("Hamlet is running poezio");
    await owner.line("/kick Yorick Farewell");
    await guest.shows("kicked by Hamlet Reason: Farewell");
    await owner.line("/ban user3@localhost Treason");
    await owner.shows("set to outcast successfully");
    await owner.line("/destroy_room");
    await owner.shows("was destroyed");
    expect(verona.log()).not.toContain('"level":50');
  });
});
