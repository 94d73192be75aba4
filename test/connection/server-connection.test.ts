// The connection to the server as a whole.
import { pino } from "pino";
import { expect, test } from "vitest";
import { ServerConnection } from "../../src/connection/server-connection.ts";
import { NO_RECORDS } from "../support/no-records.ts";

test("tells when reading pauses and goes on, so that nothing else is read meanwhile", () => {
  const told: boolean[] = [];
  const failed = (error: unknown) => expect.unreachable(String(error));
  const { backpressure } = new ServerConnection(
    {
      component: { host: "127.0.0.1", port: 1, domain: "chat.example", secret: "secret", multicast: "off" },
      limits: { outboxBytes: 1_000, sentStanzaBytes: 1_000 },
      log: pino({ enabled: false }),
    },
    { ...NO_RECORDS, commit() {} },
    {
      ...{
        takesLate: false,
        adding() {},
        stanza() {},
        online() {},
        added() {},
        oversize() {},
        committed() {},
      },
      ...{ failed, unreadable: failed, unwritable: failed },
      paused: (isPaused) => void told.push(isPaused),
    },
  );
  const much = { wire: 0, memory: 1_000_000 };
  backpressure.backlog.add("coven", much);
  backpressure.backlog.remove("coven", much);
  expect(told).toEqual([true, false]);
});
