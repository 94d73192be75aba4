import { expect, test } from "vitest";
import { simulate } from "./simulation.ts";

test("ten nodes stay balanced while nodes join, leave and are killed", async () => {
  const report = await simulate({ nodes: 10, stanzas: 3000, changes: 1, seed: 58 });
  expect(report.received).toBeGreaterThan(2500);
  expect(report.handled).toBeGreaterThan(0.97 * report.received);
  // What the server gives back of a killed node only after its burial.
  expect(report.refused).toBeLessThan(10);
  // The way to the owner for nine in ten stanzas, and little else.
  expect(report.messages / report.received).toBeLessThan(1.3);
  expect(Math.max(...report.moved)).toBeLessThan(200);
  expect(report.killed.length).toBeGreaterThan(0);
  // Nodes that have nothing to do read nothing but what the watch needs.
  expect(report.atRest).toMatchObject({ reads: 0, writes: 0 });
});
