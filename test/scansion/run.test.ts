import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runFile } from "../../dev/scansion/run.ts";
import { eventually } from "../support/eventually.ts";
import { FakeServer } from "./fake-server.ts";

const fixture = (name: string) => join(import.meta.dirname, "fixtures", `${name}.scs`);
let server: FakeServer;
let port: number;

beforeEach(async () => {
  server = new FakeServer({ answer: (xml) => xml });
  port = await server.listen();
});
afterEach(() => server.close());

/** The report without the folder; empty where the script passed. */
async function reportOf(name: string): Promise<string> {
  const outcome = await runFile(fixture(name), { host: "127.0.0.1", port, timeoutMs: 1_500 });
  return outcome.ok ? "" : outcome.report.replaceAll(join(import.meta.dirname, "fixtures/"), "");
}

describe("a script that is played against an echo", () => {
  it("passes where everything comes as it says", async () => {
    expect(await reportOf("passes")).toBe("");
    expect(server.received).toContain('<message to="juliet@localhost" id="first"/>');
  });

  it("fails with what was expected, what came, the nearest first, and how that differs", async () => {
    expect(await reportOf("wrong-attribute")).toBe(`wrong-attribute.scs:18: Romeo did not receive
  <presence id="near">
    <x xmlns="http://jabber.org/protocol/muc#user">
      <item affiliation="owner"/>
    </x>
  </presence>
Instead came
  <presence id="near"><x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="none"/></x></presence>
which differs:
  presence/x/item@affiliation: expected "owner", came "none"
and
  <presence id="other"/>
  <message id="far"/>`);
  });

  it("does not go on after a failure, but cleans up", async () => {
    await reportOf("wrong-attribute");
    await eventually(() => expect(server.received).toContain("clean-up"));
    expect(server.received).not.toContain("never");
  });

  it("fails where nothing comes", async () => {
    expect(await reportOf("nothing-comes")).toBe(
      "nothing-comes.scs:9: Romeo did not receive\n  <message/>\nNothing came instead.",
    );
  });

  it("fails where something comes and nothing was to come", async () => {
    expect(await reportOf("not-silent")).toBe(
      'not-silent.scs:12: Romeo was to receive nothing, but received\n  <message id="loud"/>',
    );
  });

  it("fails where the login is refused, with the reason", async () => {
    expect(await reportOf("wrong-password")).toMatch(
      /^wrong-password\.scs:7: Romeo connects: romeo@localhost cannot log in at .*: not-authorized/,
    );
  });

  it("does all of the clean-up, whatever of it fails, and reports each failure", async () => {
    expect(await reportOf("not-connected")).toBe(
      [
        "not-connected.scs:7: Romeo sends: the client is not connected",
        "not-connected.scs:12: Romeo disconnects: the client is not connected",
      ].join("\n"),
    );
    await eventually(() => expect(server.received).toContain("clean-up"));
  });

  it("is refused with file and line where it cannot be read", async () => {
    await expect(reportOf("unreadable")).rejects.toThrow(/unreadable\.scs:7: not an action: Romeo sings$/);
  });

  it("leaves no connection behind", async () => {
    await reportOf("wrong-attribute");
    await eventually(() => expect(server.sockets.map((socket) => socket.destroyed)).toEqual([true]));
  });

  it("fails at once, with what had come, where the connection ends", async () => {
    await server.close();
    server = new FakeServer({ answer: () => "<message id='last'/></stream:stream>" });
    port = await server.listen();
    const outcome = await runFile(fixture("wrong-attribute"), {
      host: "127.0.0.1",
      port,
      timeoutMs: 600_000,
    });
    expect(outcome).toMatchObject({
      ok: false,
      report: expect.stringContaining("the server closed the connection"),
    });
  });
});
