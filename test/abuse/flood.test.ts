import { afterEach, describe, expect, test } from "vitest";
import { AttackedService, DOMAIN, enter, groupchat } from "./support/attacked-service.ts";

const HOST = "host@verona.test/home";
const ATTACKER = "mercutio@verona.test/x";
const guests = Array.from({ length: 200 }, (_, n) => `guest${n}@verona.test/home`);

/** A request that makes all guests members: strangers have rates together. */
function members(room: string): string {
  const items = guests.map((jid) => `<item affiliation="member" jid="${jid.split("/")[0]}"/>`).join("");
  return `<iq type="set" id="members" from="${HOST}" to="${room}@${DOMAIN}"><query xmlns="http://jabber.org/protocol/muc#admin">${items}</query></iq>`;
}

let service: AttackedService;
afterEach(() => service.stop());

const isRefusal = (stanza: string): boolean => /^<\w+ [^>]*type="error"/.test(stanza);

describe("one participant of a room of 200 who sends without end", () => {
  test.each([
    [
      "changes of status (XEP-0045 7.7)",
      (n: number) =>
        `<presence from="${ATTACKER}" to="full@${DOMAIN}/mercutio"><status>${n}</status></presence>`,
    ],
    ["new nicknames (7.6)", (n: number) => `<presence from="${ATTACKER}" to="full@${DOMAIN}/n${n}"/>`],
    ["messages (7.4)", (n: number) => groupchat(ATTACKER, "full", `<body>${n}</body>`)],
  ])("%s: that one is refused, and nobody else", async (_, attack) => {
    service = await AttackedService.start({ env: { VERONA_MAX_OUTBOX_BYTES: "67108864" } });
    const bystander = await service.bystander();
    await service.open("full", HOST);
    service.write(members("full") + [...guests, ATTACKER].map((jid) => enter(jid, "full")).join(""));
    await service.handled("full");
    service.forget();

    for (let n = 0; n < 3_000; n += 1) service.write(attack(n));
    for (const jid of guests) service.write(groupchat(jid, "full", "<body>hail</body>"));
    const { overtakenBy } = await bystander.say();
    await service.handled("full");
    const refused = service.received.filter(isRefusal);
    expect(refused.length).toBeGreaterThan(2_500);
    expect(refused.filter((stanza) => !stanza.includes(`to="${ATTACKER}"`))).toEqual([]);
    expect(refused.filter((stanza) => !/<(policy-violation|forbidden) /.test(stanza))).toEqual([]);
    const heard = service.received.filter(
      (stanza) => stanza.includes("<body>hail</body>") && stanza.includes(`to="${HOST}"`),
    );
    expect(heard).toHaveLength(guests.length);
    expect(bystander.refusals).toEqual([]);
    // The message does not wait for all output of the busy room: 200 copies of hundreds of stanzas.
    expect(overtakenBy).toBeLessThan(service.received.length / 2);
  });

  test("messages, where no rate is set: who has much waiting is refused, and nobody else (RFC 6120 8.3.3.18)", async () => {
    const env = { VERONA_MAX_OUTBOX_BYTES: "67108864", VERONA_MAX_MESSAGES_PER_MINUTE: "0" };
    service = await AttackedService.start({ env });
    const bystander = await service.bystander();
    await service.open("full", HOST);
    service.write(members("full") + [...guests, ATTACKER].map((jid) => enter(jid, "full")).join(""));
    await service.handled("full");
    service.forget();

    const long = "x".repeat(1_000);
    for (let n = 0; n < 3_000; n += 1) {
      service.write(groupchat(ATTACKER, "full", `<body>${n} ${long}</body>`));
      if (n % 50 === 0) service.write(groupchat(guests[n / 50] ?? HOST, "full", "<body>hail</body>"));
    }
    await bystander.say();
    await service.handled("full");
    const refused = service.received.filter(isRefusal);
    expect(refused.length).toBeGreaterThan(500);
    expect(refused.filter((stanza) => !stanza.includes(`to="${ATTACKER}"`))).toEqual([]);
    expect(bystander.refusals).toEqual([]);
  });
});
