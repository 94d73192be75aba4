import { afterEach, describe, expect, test } from "vitest";
import { AttackedService, enter } from "./support/attacked-service.ts";

let service: AttackedService;
afterEach(() => service.stop());

describe("110 addresses of one server that each make 100 rooms (XEP-0045 14.6)", () => {
  test("get the share of their domain; others still make rooms, also after a restart", async () => {
    service = await AttackedService.start({ env: { VERONA_MAX_ENTRIES_PER_MINUTE: "0" } });
    const bystander = await service.bystander();
    const attack = async (from: number): Promise<number> => {
      service.forget();
      for (let n = from; n < 110; n += 1) {
        const jid = `a${n}@hostile.test/r`;
        service.write(Array.from({ length: 100 }, (_, room) => enter(jid, `r${n}-${room}`)).join(""));
      }
      await service.handled("quiet");
      await service.told(/^<presence type="error" from="r109-99@/);
      const refusals = service.received.filter((stanza) => /^<presence type="error"/.test(stanza));
      expect(refusals.every((stanza) => stanza.includes("<resource-constraint "))).toBe(true);
      return (110 - from) * 100 - refusals.length;
    };
    expect(await attack(0)).toBe(1_000);
    await service.restart();
    expect(await attack(50)).toBe(0);
    await service.open("new", "juliet@verona.test/home");
    await bystander.say();
    expect(bystander.refusals).toEqual([]);
  });
});
