// Archive reads of one user with very many queries: concurrent reads and waiting queries are bounded.
import { afterEach, describe, expect, test } from "vitest";
import { WITHOUT_RATES } from "../../dev/verona.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { AttackedService, DOMAIN, enter, groupchat } from "./support/attacked-service.ts";

const ATTACKER = "mercutio@verona.test/x";
const MEGABYTE = 1_048_576;

/** Lifts the other limits on such a user, so that only the reads are tested. */
const UNLIMITED = {
  VERONA_MAX_ROOMS_PER_HOUR: "100000",
  ...WITHOUT_RATES,
};

let service: AttackedService;
afterEach(() => service.stop());

const field = (name: string, value: string) => `<field var="${name}"><value>${value}</value></field>`;
const form = (type: string, fields: string) =>
  `<x xmlns="${NS.dataForms}" type="submit">${field("FORM_TYPE", type)}${fields}</x>`;
const query = (id: string, room: string, fields = "", jid = ATTACKER) =>
  `<iq type="set" id="${id}" from="${jid}" to="${room}@${DOMAIN}"><query xmlns="${NS.mam}">${form(NS.mam, fields)}</query></iq>`;
const search = (id: string, words: string) =>
  `<iq type="get" id="${id}" from="${ATTACKER}" to="${DOMAIN}"><search xmlns="${NS.channelSearch}">${form(NS.channelSearchParams, field("q", words))}</search></iq>`;
/** Resolves with the answers when all `count` requests with these ids are answered. */
async function answers(prefix: string, count: number): Promise<string[]> {
  for (let n = 0; n < count; n += 1) await service.told(new RegExp(`^<iq [^>]*id="${prefix}${n}"`));
  return service.received.filter((stanza) => stanza.startsWith("<iq ") && stanza.includes(`id="${prefix}`));
}
const refusals = (stanzas: readonly string[]) =>
  stanzas.filter((stanza) => stanza.includes("<resource-constraint "));

describe("one user", () => {
  test("who asks 600 times for an archive of 200 messages of 200 KB (XEP-0313) is given pages of a size, and memory stays bounded", async () => {
    service = await AttackedService.start({
      heapMegabytes: 400,
      env: UNLIMITED,
    });
    const bystander = await service.bystander();
    await service.open("big", ATTACKER);
    const body = `<body>${"x".repeat(200_000)}</body>`;
    for (let n = 0; n < 200; n += 1) {
      service.write(groupchat(ATTACKER, "big", body));
      if (n % 20 === 19) await service.handled("big");
    }
    service.forget();
    for (let n = 0; n < 600; n += 1) service.write(query(`q${n}`, "big"));
    const { overtakenBy } = await bystander.say();
    expect(overtakenBy).toBeLessThan(700);
    const answered = await answers("q", 600);
    expect(refusals(answered).length).toBeGreaterThanOrEqual(250);
    const pages = answered.filter((stanza) => stanza.includes("<fin "));
    expect(pages.length + refusals(answered).length).toBe(600);
    expect(pages.filter((stanza) => stanza.includes('complete="true"'))).toEqual([]);
    const results = service.received.filter((stanza) => stanza.includes("<result "));
    // A page ends after two results: their texts are more than 512 KB.
    expect(results.length).toBe(2 * pages.length);
    expect(bystander.refusals).toEqual([]);
    expect(service.isRunning).toBe(true);
    expect(service.memory().mostRssBytes).toBeLessThan(900 * MEGABYTE);
  });

  test("who asks 5 000 times keeps nobody waiting: others talk, and have their own queries answered", async () => {
    service = await AttackedService.start({ env: UNLIMITED });
    const bystander = await service.bystander();
    await service.open("hall", ATTACKER);
    const guest = "juliet@verona.test/home";
    service.write(enter(guest, "hall") + groupchat(ATTACKER, "hall", "<body>hail</body>"));
    await service.handled("hall");
    service.forget();
    for (let n = 0; n < 5_000; n += 1) service.write(query(`q${n}`, "hall"));
    service.write(query("own", "hall", "", guest));
    await service.told(/^<iq [^>]*id="own"[^>]*type="result"|^<iq [^>]*type="result"[^>]*id="own"/);
    const before = service.received.filter((stanza) => stanza.includes("<fin ")).length;
    // The query under way, and some of the attacker's that were answered before the guest's was read.
    expect(before).toBeLessThan(2_500);
    await bystander.say();
    const answered = await answers("q", 5_000);
    expect(refusals(answered).length).toBeGreaterThan(0);
    expect(answered.filter((stanza) => stanza.includes("<fin ")).length + refusals(answered).length).toBe(
      5_000,
    );
    expect(bystander.refusals).toEqual([]);
  });

  test("who searches 1 000 times among 2 000 rooms (XEP-0433) stops nobody", async () => {
    service = await AttackedService.start({
      heapMegabytes: 200,
      env: UNLIMITED,
    });
    const bystander = await service.bystander();
    for (let n = 0; n < 2_000; n += 1) {
      service.write(enter(ATTACKER, `room${n}`));
      service.write(
        `<iq type="set" id="c${n}" from="${ATTACKER}" to="room${n}@${DOMAIN}"><query xmlns="${NS.mucOwner}"><x xmlns="${NS.dataForms}" type="submit"/></query></iq>`,
      );
    }
    await service.handled("room1999");
    service.forget();
    for (let n = 0; n < 1_000; n += 1) service.write(search(`s${n}`, "room zzz"));
    await bystander.say();
    const early = service.received.filter((stanza) => stanza.includes("<result ")).length;
    expect(early).toBeLessThan(700);
    const answered = await answers("s", 1_000);
    expect(refusals(answered).length).toBeGreaterThan(600);
    expect(service.isRunning).toBe(true);
    expect(bystander.refusals).toEqual([]);
  });

  test("who searches 100 times for a common word of somebody who never spoke keeps no message waiting", async () => {
    service = await AttackedService.start({ env: UNLIMITED });
    const bystander = await service.bystander();
    await service.open("hall", ATTACKER);
    for (let n = 0; n < 12_000; n += 1) service.write(groupchat(ATTACKER, "hall", "<body>hail</body>"));
    await service.handled("hall");
    service.forget();
    const fields = field(`{${NS.fulltext}}fulltext`, "hail") + field("with", `hall@${DOMAIN}/nobody`);
    for (let n = 0; n < 100; n += 1) service.write(query(`q${n}`, "hall", fields));
    await service.told(/^<iq [^>]*id="q0"/);
    await bystander.say();
    const done = service.received.filter((stanza) => stanza.includes("<fin ")).length;
    expect(done).toBeLessThan(90);
    const answered = await answers("q", 100);
    expect(
      answered.filter((stanza) => stanza.includes("<fin ") && !stanza.includes("complete")),
    ).toHaveLength(100);
  });
});
