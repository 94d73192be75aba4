// Nodes that are buried while they commit, in short (docs/architecture.md, "Tests").
import { expect, test } from "vitest";
import { startPostgres } from "../../dev/servers/postgres.ts";
import { fence } from "./fence-harness.ts";

test("what a node was told to be kept is kept, and nothing of it after its burial, whatever the instant", async () => {
  const server = await startPostgres();
  try {
    const report = await fence({ takeovers: 30, seed: 7, url: server.createDatabase() });
    expect(report.findings).toEqual([]);
    expect(report.takeovers).toBe(30);
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report.refused).toBeGreaterThan(0);
  } finally {
    await server.stop();
  }
});
