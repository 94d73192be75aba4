import { afterEach, describe, expect, test } from "vitest";
import { AttackedService, DOMAIN, enter, groupchat } from "./support/attacked-service.ts";

const ADDRESSES = 900;
const LARGE = `<status>${"x".repeat(1_000)}</status>`.repeat(240);
const addresses = Array.from({ length: ADDRESSES }, (_, n) => `a${n}@hostile.test/r`);

let service: AttackedService;
afterEach(() => service.stop());

describe("900 addresses with a presence of 250 KB each (XEP-0045 7.2 and 7.7)", () => {
  test("fit into a small heap, also after a restart; each is refused and nobody else", async () => {
    service = await AttackedService.start({
      heapMegabytes: 128,
      env: { VERONA_MAX_ENTRIES_PER_MINUTE: "0", VERONA_MAX_RAID_ENTRIES: "0" },
    });
    const bystander = await service.bystander();
    await service.open("target", "host@verona.test/home");
    for (const jid of addresses) service.write(enter(jid, "target", LARGE));
    await service.handled("target");
    const refusals = service.received.filter((stanza) => /^<presence type="error"/.test(stanza));
    expect(refusals).toHaveLength(ADDRESSES);
    expect(refusals.at(-1)).toContain("<policy-violation ");
    service.forget();

    // Occupants keep their presence.
    for (const jid of addresses.slice(0, 100))
      service.write(
        enter(jid, "target") +
          `<presence from="${jid}" to="target@${DOMAIN}/${jid.split("@")[0]}">${LARGE}</presence>`,
      );
    await service.handled("target");
    await service.restart();
    service.forget();
    service.write(groupchat("host@verona.test/home", "target", "<body>hail</body>"));
    await service.handled("target");
    expect(service.received.filter((stanza) => stanza.includes("<body>hail</body>"))).toHaveLength(101);
    await bystander.say();
    expect(bystander.refusals).toEqual([]);
    expect(service.memory().rssBytes).toBeLessThan(400_000_000);
  });
});
