// Installs a module of contrib into a running ejabberd, by the steps of contrib/ejabberd/README.md.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { COMPONENT } from "./servers.ts";

const CONTRIB = join(import.meta.dirname, "../../contrib/ejabberd");

/** Installs a module for the component of the tests; `block` has its lines. The server needs rooms, for its commands. */
export async function installModule(server: RunningServer, name: string, block: string): Promise<void> {
  const control = async (command: string, parameters: Record<string, string>): Promise<void> => {
    const address = `http://127.0.0.1:${server.httpPort}/api/${command}`;
    const answer = await fetch(address, { method: "POST", body: JSON.stringify(parameters) });
    expect(answer.status, await answer.text()).toBe(200);
  };
  cpSync(join(CONTRIB, name), join(server.dataFolder, ".ejabberd-modules/sources", name), {
    recursive: true,
  });
  await control("module_install", { module: name });
  const lines = readFileSync(join(CONTRIB, block), "utf8").replace(
    "conference.example.com",
    COMPONENT.domain,
  );
  const path = join(server.dataFolder, "ejabberd.yml");
  writeFileSync(
    path,
    readFileSync(path, "utf8").replace(/^modules:\n/m, (line) => line + lines),
  );
  await control("reload_config", {});
}
