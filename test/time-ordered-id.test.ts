import { expect, it, vi } from "vitest";
import { timeOrderedId } from "../src/time-ordered-id.ts";

it("a time-ordered id is a UUID of version 7 and sorts behind those of earlier milliseconds (RFC 9562 section 5.7)", () => {
  const now = vi.spyOn(Date, "now");
  const ids = [0, 1, 0xf, 0x10, 1_764_400_000_000, 1_764_400_000_001].map((time) => {
    now.mockReturnValue(time);
    return timeOrderedId();
  });
  now.mockRestore();
  for (const id of ids)
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids[3]).toMatch(/^00000000-0010-7/);
  expect(new Set(Array.from({ length: 100 }, timeOrderedId)).size).toBe(100);
});
