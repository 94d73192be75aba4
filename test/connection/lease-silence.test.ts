// A process without the lease writes nothing to the server.
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ComponentLink } from "../../src/connection/component-link.ts";
import { eventually } from "../support/eventually.ts";
import { StubLease } from "../support/stub-lease.ts";
import { FakeServer } from "./fake-server.ts";

let server: FakeServer;
let lease: StubLease;
let link: ComponentLink;
let drained: number;
beforeEach(async () => {
  server = new FakeServer("cauldron");
  lease = new StubLease(false);
  drained = 0;
  const port = await server.listen();
  link = new ComponentLink(
    {
      ...{ host: "127.0.0.1", port, domain: "chat.example", secret: "cauldron", lease },
      ...{ log: pino({ level: "silent" }), backoff: { firstDelay: 20, longestDelay: 50 } },
    },
    {
      stanza() {},
      online() {},
      offline() {},
      drained() {
        drained += 1;
      },
    },
  );
  link.start();
});
afterEach(async () => {
  await link.stop();
  await server.close();
});

const aTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
const online = () => eventually(() => expect(link.online).toBe(true));

describe("without the lease", () => {
  it("no connection is opened, and with the lease one is", async () => {
    await aTurn();
    expect(server.connections).toBe(0);
    lease.give();
    await online();
  });

  it("what was to be written waits, and is written in order when the lease is held again", async () => {
    lease.give();
    await online();
    lease.isHeld = false;
    const before = server.received;
    expect([link.isFull, link.write("<a/>"), link.write("<b/>")]).toEqual([true, true, true]);
    await aTurn();
    expect(server.received).toBe(before);
    lease.give();
    await eventually(() => expect(server.received).toBe(`${before}<a/><b/>`));
    expect([link.isFull, drained > 0]).toEqual([false, true]);
  });

  it("what is written when the lease counts again without a renewal, as the time of day jumps back, waits for its turn", async () => {
    lease.give();
    await online();
    lease.isHeld = false;
    const before = server.received;
    link.write("<a/>");
    lease.isHeld = true;
    link.write("<b/>");
    lease.give();
    await eventually(() => expect(server.received).toBe(`${before}<a/><b/>`));
  });

  it("neither the end of the stream nor a lost link is answered with a byte (RFC 6120 section 4.4)", async () => {
    lease.give();
    await online();
    lease.isHeld = false;
    const before = server.received;
    link.write("<a/>");
    server.sockets[0]?.write(
      "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
    );
    await eventually(() => expect(link.online).toBe(false));
    await aTurn();
    expect([server.received, server.connections]).toEqual([before, 1]);
  });

  it("a stop closes the connection without a byte", async () => {
    lease.give();
    await online();
    lease.isHeld = false;
    const before = server.received;
    await link.stop();
    expect(server.received).toBe(before);
  });
});
