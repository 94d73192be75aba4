// A second connection of the same component (RFC 6120 section 4.9.3.3).
import { expect, onTestFinished, test } from "vitest";
import { startProsody } from "../../dev/servers/prosody.ts";
import { startVerona } from "../../dev/verona.ts";
import { COMPONENT, OPTIONS } from "../support/servers.ts";

test("Prosody, configured as in the README, lets a new process replace one that hangs", async () => {
  const server = await startProsody(OPTIONS);
  onTestFinished(() => server.stop());
  const run = async () => {
    const verona = await startVerona({ server, ...COMPONENT });
    onTestFinished(() => verona.kill());
    return verona;
  };
  const hanging = await run();
  process.kill(hanging.pid, "SIGSTOP");
  const next = await run();
  expect(next.log()).not.toContain("another connection");
});
