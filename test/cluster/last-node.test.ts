// The stop of a node that keeps rooms, as it is the last one.
import { pino } from "pino";
import { expect, test } from "vitest";
import { Outbox } from "../../src/connection/outbox.ts";
import { finishWork } from "../../src/planned-stop.ts";
import { roomsInMemory } from "../../src/rooms-in-memory.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { StoreRecords } from "../../src/storage/store-records.ts";
import { MEMBER, ROOM, withMember } from "../support/room-driver.ts";

const failed = (error: unknown) => expect.unreachable(String(error));

test("XEP-0045 6.6: a request between occupants that is not answered yet gets an error", async () => {
  const driver = withMember();
  const { registry } = driver;
  driver.send(
    MEMBER,
    `<iq type="get" id="one" to="${ROOM}/firstwitch"><query xmlns="jabber:iq:version"/></iq>`,
  );
  const written: string[] = [];
  const sink = { write: (text: string) => void written.push(text), isFull: false };
  const records = new StoreRecords(new SqliteStore(IN_MEMORY), roomsInMemory(registry));
  const outbox = new Outbox(records, sink, { failed, unreadable: failed });
  await finishWork({
    ...{ registry, loader: { whenIdle: async () => {} }, intake: { close: () => expect.unreachable() } },
    connection: { outbox, askToHold: async () => false },
    ...{ log: pino({ enabled: false }), isStored: true, cluster: { finish: async () => {} } },
  });
  expect(written.join()).toMatch(/<iq [^>]*id="one" type="error"/);
});
