import { describe, expect, it } from "vitest";
import { HolderWatch, type LeaseRow } from "../../../src/storage/postgres/holder-watch.ts";

const LEASE = 1_000;
const row = (change: Partial<LeaseRow> = {}): LeaseRow => ({
  epoch: "1",
  beat: "5",
  holder: "one",
  hasSession: true,
  ...change,
});

describe("a standby's watch of the holder of the lease", () => {
  it("finds it alive while the beat moves, however long", () => {
    const watch = new HolderWatch(LEASE);
    for (let beat = 0; beat < 20; beat++)
      expect(watch.see(row({ beat: String(beat) }), beat * 1_000)).toBe("alive");
  });

  it("finds it silent when the beat has stood still for 1.1 leases, counted from the first look", () => {
    const watch = new HolderWatch(LEASE);
    watch.see(row({ beat: "4" }), 0);
    watch.see(row(), 700);
    expect(watch.see(row(), 1_799)).toBe("alive");
    expect(watch.see(row(), 1_800)).toBe("silent");
  });

  it("finds it gone when its sessions end", () => {
    const watch = new HolderWatch(LEASE);
    expect(watch.see(row(), 0)).toBe("alive");
    expect(watch.see(row({ hasSession: false }), 50)).toBe("gone");
  });

  it("does not find it gone if it had no session before, as after a restart of the database", () => {
    const watch = new HolderWatch(LEASE);
    expect(watch.see(row({ hasSession: false }), 0)).toBe("alive");
    expect(watch.see(row({ hasSession: false }), LEASE)).toBe("alive");
    expect(watch.see(row({ hasSession: false }), 1.1 * LEASE)).toBe("silent");
  });

  it("does not find the next holder gone because the one before had a session", () => {
    const watch = new HolderWatch(LEASE);
    watch.see(row(), 0);
    expect(watch.see(row({ holder: "two", epoch: "2", hasSession: false }), 50)).toBe("alive");
  });

  it("counts anew when another epoch begins, also before its first beat", () => {
    const watch = new HolderWatch(LEASE);
    watch.see(row(), 0);
    expect(watch.see(row({ epoch: "2" }), 1.1 * LEASE)).toBe("alive");
  });

  it("finds it gone when the lease was returned", () => {
    expect(new HolderWatch(LEASE).see(row({ holder: undefined }), 0)).toBe("gone");
  });

  it("counts anew after the database was slow, because the holder could not renew the lease either", () => {
    const watch = new HolderWatch(LEASE);
    watch.see(row(), 0);
    watch.countAnew(10_000);
    expect(watch.see(row(), 10_100)).toBe("alive");
    expect(watch.see(row(), 11_100)).toBe("silent");
  });
});
