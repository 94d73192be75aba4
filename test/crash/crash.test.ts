import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startPostgres } from "../../dev/servers/postgres.ts";
import { crash } from "./harness.ts";
import { StanzaSplitter } from "./stanza-splitter.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-crash-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the service, killed at any instant,", () => {
  async function survive(storage: string, kills: number): Promise<void> {
    const report = await crash({ kills, seed: 4, storage });
    expect(report.findings).toEqual([]);
    expect(report.kills).toBe(kills);
    expect(report.messagesHeard).toBeGreaterThan(0);
  }

  test("keeps everything that anybody was told, once and whole, in SQLite", async () => {
    await survive(`sqlite:${join(folder, "rooms.sqlite")}`, 5);
  });

  test("and in PostgreSQL", async () => {
    const cluster = await startPostgres();
    try {
      await survive(cluster.createDatabase(), 5);
    } finally {
      await cluster.stop();
    }
  });
});

test("a stanza that was cut in half is not seen, however the bytes come", () => {
  const text = '<?xml version="1.0"?><stream:stream xmlns="a"><a b="1"><c/>x</a><d/><e><e>&gt;</e></e><f>';
  for (let cut = 0; cut <= text.length; cut += 1) {
    const splitter = new StanzaSplitter();
    const stanzas = [...splitter.take(text.slice(0, cut)), ...splitter.take(text.slice(cut))];
    expect(stanzas).toEqual(['<a b="1"><c/>x</a>', "<d/>", "<e><e>&gt;</e></e>"]);
  }
});
