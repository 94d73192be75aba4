// When a process that has lost its way to the XMPP server lets a standby serve.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchForHandover } from "../src/handover.ts";

let link: { online: boolean };
let reaches: boolean;
let asked: number;
let reported: boolean[];
let lease: { isHeld: boolean; hasReadyStandby: boolean; reportLink(isUp: boolean): void };
let handedOver: number;
let stop: () => void;

async function reachesServer(): Promise<boolean> {
  asked += 1;
  return reaches;
}

beforeEach(() => {
  vi.useFakeTimers();
  link = { online: true };
  reaches = false;
  asked = 0;
  reported = [];
  lease = { isHeld: true, hasReadyStandby: true, reportLink: (isUp) => void reported.push(isUp) };
  handedOver = 0;
  stop = watchForHandover(lease, { link, reachesServer }, () => {
    handedOver += 1;
  });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

test("it hands over once, when it has had no link for five seconds", async () => {
  await vi.advanceTimersByTimeAsync(60_000);
  link.online = false;
  await vi.advanceTimersByTimeAsync(4_900);
  expect(handedOver).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(handedOver).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(handedOver).toBe(1);
});

test("the five seconds begin anew with each link", async () => {
  link.online = false;
  await vi.advanceTimersByTimeAsync(4_500);
  link.online = true;
  await vi.advanceTimersByTimeAsync(500);
  link.online = false;
  await vi.advanceTimersByTimeAsync(4_900);
  expect(handedOver).toBe(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(handedOver).toBe(1);
});

test("it does not hand over without a standby that reaches the server", async () => {
  lease.hasReadyStandby = false;
  link.online = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(handedOver).toBe(0);
  lease.hasReadyStandby = true;
  await vi.advanceTimersByTimeAsync(500);
  expect(handedOver).toBe(1);
});

test("after an outage that all have, the five seconds begin when another process has its way back", async () => {
  stop();
  stop = watchForHandover(lease, { link, reachesServer, isShared: true }, () => {
    handedOver += 1;
  });
  link.online = false;
  lease.hasReadyStandby = false;
  await vi.advanceTimersByTimeAsync(60_000);
  lease.hasReadyStandby = true;
  await vi.advanceTimersByTimeAsync(4_500);
  expect([handedOver, reported.includes(true)]).toEqual([0, false]);
  await vi.advanceTimersByTimeAsync(500);
  expect(handedOver).toBe(1);
});

test("it does not hand over while it serves nobody", async () => {
  stop();
  let isNeeded = false;
  stop = watchForHandover(lease, { link, reachesServer, isNeeded: () => isNeeded }, () => {
    handedOver += 1;
  });
  link.online = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(handedOver).toBe(0);
  isNeeded = true;
  await vi.advanceTimersByTimeAsync(500);
  expect(handedOver).toBe(1);
});

test("it does not hand over while it reaches the server, which would give a standby no link either", async () => {
  link.online = false;
  reaches = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([handedOver, reported.includes(false)]).toEqual([0, false]);
  reaches = false;
  await vi.advanceTimersByTimeAsync(5_500);
  expect(handedOver).toBe(1);
});

test("without the lease it does not connect to the server, and the five seconds begin anew with the lease", async () => {
  link.online = false;
  lease.isHeld = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked, handedOver]).toEqual([0, 0]);
  lease.isHeld = true;
  await vi.advanceTimersByTimeAsync(4_500);
  expect(handedOver).toBe(0);
  await vi.advanceTimersByTimeAsync(500);
  expect(handedOver).toBe(1);
});

test("standbys are told of the link as it is, until the watch ends", async () => {
  await vi.advanceTimersByTimeAsync(500);
  link.online = false;
  await vi.advanceTimersByTimeAsync(500);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([reported, handedOver]).toEqual([[true, false], 0]);
});
