// Real servers route stanzas for Verona's domain to Verona only.
import { expect, onTestFinished, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startJabberd2 } from "../../dev/servers/jabberd2.ts";
import type { XmppServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { COMPONENT, OPTIONS, SERVERS } from "../support/servers.ts";

async function behind(start: () => Promise<XmppServer>): Promise<RunningVerona> {
  const server = await start();
  onTestFinished(() => server.stop());
  const verona = await startVerona({ server, ...COMPONENT, env: { VERONA_LOG_LEVEL: "debug" } });
  onTestFinished(async () => void (await verona.stop()));
  return verona;
}

const ALL: readonly [string, () => Promise<XmppServer>][] = [
  ...SERVERS,
  ["jabberd2", () => startJabberd2(OPTIONS)],
];

test.each(ALL)("%s gives back what Verona sends to its own domain", async (_name, start) => {
  const verona = await behind(start);
  await verona.logged("stanzas to Verona's own domain arrive");
});

test("where ejabberd's own MUC service has the same domain, one line says so", async () => {
  const verona = await behind(() => startEjabberd({ ...OPTIONS, rooms: COMPONENT.domain }));
  await verona.logged("did not arrive");
  expect(verona.log().match(/the server's own MUC service may use the same domain/g)).toHaveLength(1);
});
