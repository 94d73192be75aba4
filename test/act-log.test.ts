// Log lines about rooms, for stanzas that the whole service handles.
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { eventually } from "./support/eventually.ts";
import { type LogLine, type ObservedService, startObserved } from "./support/observed-service.ts";

const ROOM = "coven@chat.example";
const WITCH = "hecate@shakespeare.example";
const ADMIN = "abbot@abbey.example";
const X = '<x xmlns="http://jabber.org/protocol/muc"/>';

let observed: ObservedService;
beforeEach(async () => {
  observed = await startObserved("memory:", undefined, { VERONA_ADMINS: ADMIN });
});
afterEach(async () => {
  await observed.service.stop();
  await observed.server.close();
});

const send = (...stanzas: string[]): void => void observed.server.sockets.at(-1)?.write(stanzas.join(""));
const enter = (user: string, room = ROOM): string =>
  `<presence from="${user}/a" to="${room}/${user.split("@")[0]}">${X}</presence>`;
const leave = (user: string, room = ROOM): string =>
  `<presence from="${user}/a" to="${room}/${user.split("@")[0]}" type="unavailable"/>`;
const set = (user: string, id: string, payload: string, to = ROOM): string =>
  `<iq from="${user}/a" to="${to}" type="set" id="${id}">${payload}</iq>`;
const owner = (content: string): string =>
  `<query xmlns="http://jabber.org/protocol/muc#owner">${content}</query>`;
const admin = (items: string): string =>
  `<query xmlns="http://jabber.org/protocol/muc#admin">${items}</query>`;
const CONFIGURE = owner('<x xmlns="jabber:x:data" type="submit"/>');
const command = (node: string, fields: Record<string, string>): string => {
  const all = Object.entries({ FORM_TYPE: "verona#admin", ...fields });
  const written = all.map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`).join("");
  return `<command xmlns="http://jabber.org/protocol/commands" node="${node}"><x xmlns="jabber:x:data" type="submit">${written}</x></command>`;
};
const sync = async (): Promise<void> => {
  const id = `sync-${Math.random()}`;
  send(`<iq from="${WITCH}/a" to="chat.example" type="get" id="${id}"><ping xmlns="urn:xmpp:ping"/></iq>`);
  await eventually(() => expect(observed.server.received).toContain(id));
};
/** Returns the log lines about rooms, without pino's own fields. */
function acts(): object[] {
  const others = ["online", "metrics are served"];
  return observed.log
    .filter(({ msg }: LogLine) => !others.includes(msg))
    .map((line) => {
      const {
        time: _time,
        pid: _pid,
        hostname: _host,
        level,
        ...rest
      } = line as LogLine & Record<string, unknown>;
      return { ...rest, ...(level !== 30 && { level }) };
    });
}

test("rooms that are created, configured and destroyed, with who did it", async () => {
  send(enter(WITCH), set(WITCH, "c", CONFIGURE), set(WITCH, "d", owner("<destroy/>")));
  await sync();
  expect(acts()).toEqual([
    { msg: "room created", room: "coven", by: WITCH },
    { msg: "room configured", room: "coven", by: WITCH },
    { msg: "room destroyed", room: "coven", by: WITCH },
  ]);
});

test("a temporary room that ends with its last occupant was destroyed by nobody", async () => {
  send(enter(WITCH), set(WITCH, "c", CONFIGURE), leave(WITCH));
  await sync();
  expect(acts().slice(2)).toEqual([{ msg: "room ended with its last occupant", room: "coven", level: 20 }]);
});

test("a room that ends with an occupant who is banned, or gone, was destroyed by nobody", async () => {
  const outcast = admin('<item affiliation="outcast" jid="crone@b.example"/>');
  const message =
    'type="error" id="x"><error type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>';
  send(enter(WITCH), set(WITCH, "c", CONFIGURE), enter("crone@b.example"), leave(WITCH));
  send(set(ADMIN, "k", outcast));
  send(enter(WITCH), set(WITCH, "d", CONFIGURE), `<message from="${WITCH}/a" to="${ROOM}" ${message}`);
  await sync();
  await eventually(() =>
    expect(acts().filter((act) => JSON.stringify(act).includes("ended"))).toHaveLength(2),
  );
  expect(JSON.stringify(acts())).not.toContain("destroyed");
});

test("acts that differ in their targets only, in one line, which names twenty of them at most", async () => {
  const items = Array.from({ length: 25 }, (_, n) => `<item affiliation="outcast" jid="u${n}@b.example"/>`);
  send(enter(WITCH), set(WITCH, "b", admin(items.join(""))));
  await sync();
  const targets = Array.from({ length: 20 }, (_, n) => `u${n}@b.example`);
  const detail = "none to outcast";
  expect(acts().slice(1)).toEqual([{ msg: "banned", room: "coven", targets, others: 5, detail, by: WITCH }]);
});

test("acts with their reason and what they changed, never the values of options", async () => {
  const kick = '<item nick="crone" role="none"><reason>flood</reason></item>';
  const member = '<item affiliation="member" jid="b@b.example"/>';
  const secret =
    '<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var="muc#roomconfig_roomsecret"><value>hush</value></field></x>';
  send(enter(WITCH), set(WITCH, "c", CONFIGURE), enter("crone@b.example"));
  send(set(WITCH, "k", admin(kick)), set(WITCH, "m", admin(member)), set(WITCH, "s", owner(secret)));
  await sync();
  const shared = { room: "coven", by: WITCH };
  expect(acts().slice(2)).toEqual([
    { ...shared, msg: "kicked", target: "crone@b.example", reason: "flood" },
    { ...shared, msg: "affiliation changed", target: "b@b.example", detail: "none to member" },
    { ...shared, msg: "room configured", detail: "passwordProtected, password" },
  ]);
  expect(JSON.stringify(observed.log)).not.toContain("hush");
});

test("acts of an administrator of the service: by command, and as an owner of any room", async () => {
  send(enter(WITCH), set(WITCH, "c", CONFIGURE));
  send(set(ADMIN, "e", admin('<item affiliation="outcast" jid="b@b.example"/>')));
  const announce = { FORM_TYPE: "http://jabber.org/protocol/admin", announcement: "soon" };
  send(set(ADMIN, "n", command("http://jabber.org/protocol/admin#announce", announce), "chat.example"));
  send(set(ADMIN, "d", command("verona#destroy-room", { "verona#room": ROOM }), "chat.example"));
  await sync();
  await eventually(() => expect(acts().at(-1)).toMatchObject({ msg: "room destroyed" }));
  const shared = { by: ADMIN, serviceAdmin: true };
  expect(acts().slice(2)).toEqual([
    { ...shared, msg: "banned", room: "coven", target: "b@b.example", detail: "none to outcast" },
    { ...shared, msg: "announced" },
    { ...shared, msg: "room destroyed", room: "coven" },
  ]);
});

test("refusals at debug, of requests that are read from the store too, and never what was said", async () => {
  const message = `<message from="${WITCH}/a" to="${ROOM}" type="groupchat" id="m"><body>hush</body></message>`;
  send(enter(ADMIN), set(ADMIN, "c", CONFIGURE), message);
  await eventually(() => expect(acts().at(-1)).toMatchObject({ msg: "refused" }));
  expect(acts().at(-1)).toEqual({
    ...{ level: 20, msg: "refused", kind: "message", id: "m", from: ROOM, to: `${WITCH}/a` },
    ...{ condition: "not-acceptable", text: expect.any(String) },
  });
  expect(JSON.stringify(acts())).not.toContain("hush");
  const query =
    '<query xmlns="urn:xmpp:mam:2"><set xmlns="http://jabber.org/protocol/rsm"><after>no</after></set></query>';
  send(set(ADMIN, "q", query));
  await eventually(() => expect(acts().at(-1)).toMatchObject({ id: "q", condition: "item-not-found" }));
});

test("stanzas at trace in both directions, without what they say", async () => {
  const traced = await startObserved("memory:", undefined, { VERONA_LOG_LEVEL: "trace" });
  onTestFinished(async () => {
    await traced.service.stop();
    await traced.server.close();
  });
  const say = `<message from="${WITCH}/a" to="${ROOM}" type="groupchat" id="m1"><body>hush</body></message>`;
  traced.server.sockets.at(-1)?.write(enter(WITCH) + set(WITCH, "c", CONFIGURE) + say);
  await eventually(() => expect(traced.server.received).toContain("hush"));
  const of = (msg: string): string => JSON.stringify(traced.log.filter((line) => line.msg === msg));
  await eventually(() => {
    for (const direction of ["received", "sent"]) expect(of(direction)).toMatch(/m1.*<body>…<\/body>/);
  });
  expect(JSON.stringify(traced.log)).not.toContain("hush");
});

test("one user leaves few lines, however much it does, and the next line has how many were left out", async () => {
  send(enter(WITCH), ...Array.from({ length: 40 }, (_, n) => set(WITCH, `c${n}`, CONFIGURE)));
  send(enter("crone@b.example", "heath@chat.example"));
  await sync();
  expect(acts()).toHaveLength(21);
  expect(acts().at(-1)).toEqual({ msg: "room created", room: "heath", by: "crone@b.example", leftOut: 21 });
});
