// When a process that has lost its way to the XMPP server lets a standby serve.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchForHandover } from "../src/handover.ts";

let link: { online: boolean };
let reported: boolean[];
let lease: { hasReadyStandby: boolean; reportLink(isUp: boolean): void };
let handedOver: number;
let stop: () => void;
beforeEach(() => {
  vi.useFakeTimers();
  link = { online: true };
  reported = [];
  lease = { hasReadyStandby: true, reportLink: (isUp) => void reported.push(isUp) };
  handedOver = 0;
  stop = watchForHandover(lease, link, () => {
    handedOver += 1;
  });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
});

test("it hands over once, when it has had no link for five seconds", () => {
  vi.advanceTimersByTime(60_000);
  link.online = false;
  vi.advanceTimersByTime(4_900);
  expect(handedOver).toBe(0);
  vi.advanceTimersByTime(100);
  expect(handedOver).toBe(1);
  vi.advanceTimersByTime(60_000);
  expect(handedOver).toBe(1);
});

test("the five seconds begin anew with each link", () => {
  link.online = false;
  vi.advanceTimersByTime(4_500);
  link.online = true;
  vi.advanceTimersByTime(500);
  link.online = false;
  vi.advanceTimersByTime(4_900);
  expect(handedOver).toBe(0);
  vi.advanceTimersByTime(100);
  expect(handedOver).toBe(1);
});

test("it does not hand over without a standby that reaches the server", () => {
  lease.hasReadyStandby = false;
  link.online = false;
  vi.advanceTimersByTime(60_000);
  expect(handedOver).toBe(0);
  lease.hasReadyStandby = true;
  vi.advanceTimersByTime(500);
  expect(handedOver).toBe(1);
});

test("standbys are told of the link as it is, until the watch ends", () => {
  vi.advanceTimersByTime(500);
  link.online = false;
  vi.advanceTimersByTime(500);
  stop();
  vi.advanceTimersByTime(60_000);
  expect([reported, handedOver]).toEqual([[true, false], 0]);
});
