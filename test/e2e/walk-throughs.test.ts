// The walk-throughs of docs/installation.md and docs/moving-in.md, with the configurations that Debian's packages install.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

const MACHINE = new URL("walk-through/machine.sh", import.meta.url).pathname;
/** Where machine.sh puts this checkout. */
const CHECKOUT = "/opt/verona-muc";

/** A copy of this machine needs root, and the right to mount. */
const mayMount = spawnSync("unshare", ["--mount", "--pid", "--net", "--fork", "true"]).status === 0;

test.skipIf(!mayMount).each([
  ["beside Prosody", ["prosody"]],
  ["beside ejabberd", ["ejabberd"]],
  ["from Prosody's own rooms", ["prosody", "moving"]],
  ["from ejabberd's own rooms", ["ejabberd", "moving"]],
])("%s leads to a room that users talk in", { timeout: 180_000 }, async (_, args) => {
  const node = `${CHECKOUT}/node_modules/node/bin/node`;
  const machine = spawn(MACHINE, [node, `${CHECKOUT}/test/e2e/walk-through/follow.ts`, ...args]);
  let output = "";
  for (const stream of [machine.stdout, machine.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  const [code] = await once(machine, "close");
  expect(code, output).toBe(0);
  expect(output).toMatch(/^followed$/m);
});
