import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeServer } from "./fake-server.ts";

const CLI = join(import.meta.dirname, "../../dev/scansion/cli.ts");
const FOLDER = join(import.meta.dirname, "fixtures");
const server = new FakeServer({ answer: (xml) => xml });
let port: number;

beforeAll(async () => {
  port = await server.listen();
});
afterAll(() => server.close());

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

function scansion(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CLI, ...args], { cwd: FOLDER }, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

// A login counts as well: a busy machine takes its time.
const at = () => ["--port", String(port), "--timeout", "2"];

describe("npm run scansion", () => {
  it("prints a line for a script that passes, and exits with 0", async () => {
    const { status, stdout, stderr } = await scansion(...at(), "passes.scs");
    expect(stdout).toMatch(/^PASS passes\.scs \(\d+ ms\)\n$/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("goes on after a script that fails, prints its report, and exits with 1", async () => {
    const { status, stdout } = await scansion(...at(), "nothing-comes.scs", "passes.scs");
    expect(stdout).toMatch(
      /^FAIL nothing-comes\.scs \(\d+ ms\)\nnothing-comes\.scs:9: Romeo did not receive\n[\s\S]*\nPASS passes\.scs/,
    );
    expect(status).toBe(1);
  });

  it("plays a script for other domains", async () => {
    // The server's name for itself does not change, so the full JID is no longer what the script says.
    const { stdout } = await scansion(...at(), "--map-domain", "localhost=example.org", "passes.scs");
    expect(stdout).toContain('message@to: expected "romeo@example.org/desk", came "romeo@localhost/desk"');
  });

  it("runs nothing where a script cannot be read, and exits with 2", async () => {
    const { status, stdout, stderr } = await scansion(...at(), "passes.scs", "unreadable.scs");
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: "",
      stderr: "unreadable.scs:7: not an action: Romeo sings\n",
    });
  });

  it.each([
    ["no script", [], /no script was given/],
    ["a script that is not there", ["absent.scs"], /absent\.scs/],
    ["a bad port", ["--port", "0", "passes.scs"], /--port 0: not a port/],
    ["a bad timeout", ["--timeout", "soon", "passes.scs"], /--timeout soon: not a number of seconds/],
    ["an endless timeout", ["--timeout", "Infinity", "passes.scs"], /--timeout Infinity/],
    ["a bad mapping", ["--map-domain", "a", "passes.scs"], /--map-domain a: not of the form a=b/],
    ["an unknown option", ["--tls", "passes.scs"], /--tls/],
  ])("exits with 2 and its usage for %s", async (_what, args, message) => {
    const { status, stderr } = await scansion(...args);
    expect(stderr).toMatch(message);
    expect(stderr).toContain("usage: npm run scansion");
    expect(status).toBe(2);
  });
});
