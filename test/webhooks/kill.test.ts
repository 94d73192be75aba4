// The service is killed again and again. Its webhook gets every message that anybody was sent, in their order.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { type RunningVerona, startVerona, WITHOUT_RATES } from "../../dev/verona.ts";
import { callService } from "../../src/control/call-service.ts";
import { type ComponentPort, openComponentPort } from "../crash/component-port.ts";
import { eventually } from "../support/eventually.ts";
import { Receiver } from "./receiver.ts";

const SECRET = "kill-secret";
const OWNER = "romeo@verona.example/desk";
const ROUNDS = 4;

let folder: string;
let port: ComponentPort;
let receiver: Receiver;
let running: RunningVerona | undefined;
let postgres: RunningPostgres | undefined;
/** Texts that came back to their sender. */
let told: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "verona-kill-"));
  told = [];
  receiver = await Receiver.start();
  port = await openComponentPort(SECRET, (stanza) => {
    const text = /<message .*<body>(line \d+)<\/body>/.exec(stanza)?.[1];
    if (text !== undefined) told.push(text);
  });
});
afterEach(async () => {
  running?.kill();
  await running?.ended;
  await port.close();
  await receiver.stop();
  await postgres?.stop();
  postgres = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const socket = (): string => join(folder, "control.socket");

async function start(storage: string): Promise<RunningVerona> {
  const env = { ...WITHOUT_RATES, VERONA_ROOM_CREATION: "anyone", VERONA_CONTROL_SOCKET: socket() };
  running = await startVerona({ server: port, domain: "chat.example", secret: SECRET, storage, env });
  return running;
}

const enter = `<presence from="${OWNER}" to="hall@chat.example/romeo"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;
const accept = `<iq type="set" id="a" from="${OWNER}" to="hall@chat.example"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`;

describe("a webhook of a service that is killed", () => {
  it.each(["SQLite", "PostgreSQL"])("loses nothing that was sent to anybody, with %s", async (kind) => {
    if (kind === "PostgreSQL") postgres = await startPostgres();
    const storage = postgres ? postgres.createDatabase() : `sqlite:${join(folder, "rooms.sqlite")}`;
    let number = 0;
    /** Messages that have not come back from killed services. */
    let lost = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const verona = await start(storage);
      if (round === 0) {
        port.write(enter + accept);
        const hook = { webhook: "wiki", url: receiver.url, kinds: ["message"] };
        expect(await callService(socket(), "webhook.create", hook)).toMatchObject({ kind: "result" });
      }
      const before = told.length;
      while (told.length < before + 60) {
        for (let burst = 0; burst < 10; burst += 1) {
          number += 1;
          port.write(
            `<message type="groupchat" id="m${number}" from="${OWNER}" to="hall@chat.example"><body>line ${number}</body></message>`,
          );
        }
        const sent = number;
        await eventually(() => expect(sent - told.length - lost).toBeLessThan(40));
      }
      verona.kill();
      await verona.ended;
      await port.drained();
      lost = number - told.length;
    }
    await start(storage);
    await eventually(() => {
      const got = new Set(receiver.texts);
      expect(told.filter((text) => !got.has(text))).toEqual([]);
    });
    const first = [...new Set(receiver.texts)];
    const numbers = first.map((text) => Number(text.slice(5)));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(told.length).toBeGreaterThanOrEqual(60 * ROUNDS);
    expect(receiver.mostAtOnce).toBe(1);
  });
});
