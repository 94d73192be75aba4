import { describe, expect, it } from "vitest";
import { child, children, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { storeQueriesOf } from "../../support/effects.ts";
import { NO_RECORDS } from "../../support/no-records.ts";
import {
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

type Fields = Record<string, string | string[]>;

function form(fields: Fields): string {
  const written = Object.entries({ FORM_TYPE: NS.mam, ...fields }).map(([name, values]) => {
    const list = [values].flat().map((value) => `<value>${value}</value>`);
    return `<field var="${name}">${list.join("")}</field>`;
  });
  return `<x xmlns="jabber:x:data" type="submit">${written.join("")}</x>`;
}

const WORDS = `{${NS.fulltext}}fulltext`;

const page = (content: string): string => `<set xmlns="${NS.rsm}">${content}</set>`;

function ask(driver: Driver, from: string, content = "", attributes = 'queryid="q1"'): Element[] {
  return driver.send(
    from,
    `<iq type="set" id="mam" to="${ROOM}"><query xmlns="${NS.mam}" ${attributes}>${content}</query></iq>`,
  );
}

const finOf = (stanzas: readonly Element[]) => stanzas.at(-1)?.getChild("fin", NS.mam);

const resultOf = (stanza: Element) => child(stanza, "result", NS.mam);

/** Returns the message in a result. */
function forwarded(stanza: Element | undefined): Element | undefined {
  const inner = stanza && resultOf(stanza)?.getChild("forwarded", NS.forward);
  return inner && child(inner, "message");
}

/** Returns the bodies of the results of an answer in order, or the error. */
function saidIn(stanzas: readonly Element[]) {
  const messages = stanzas.slice(0, -1).map(forwarded);
  const bodies = messages.map(
    (message) => message?.getChild("body")?.getText() ?? message?.getChild("subject")?.getText(),
  );
  return errorOf(stanzas.at(-1)) ?? bodies;
}

const said = (driver: Driver, from: string, fields?: Fields, rest = "") =>
  saidIn(ask(driver, from, (fields ? form(fields) : "") + rest));

/** Lets "firstwitch" say one to five, a minute apart, and returns the stanza-ids. */
function count(driver: Driver, from = OWNER): string[] {
  return ["one", "two", "three", "four", "five"].map((word) => {
    const [sent] = driver.say(from, word);
    driver.now += 60_000;
    return (sent && child(sent, "stanza-id", NS.stanzaId)?.attrs.id) ?? "";
  });
}

describe("XEP-0313 4.2 query results of a room's archive", () => {
  it("come from the room, each forwarded as it was sent, with its id, its time and the query's id; then the end", () => {
    const driver = withMember();
    const [live] = driver.send(
      MEMBER,
      `<message type="groupchat" id="s1" xml:lang="en" to="${ROOM}"><body>Thrice</body><thread>t</thread></message>`,
    );
    const id = live && child(live, "stanza-id", NS.stanzaId)?.attrs.id;
    driver.now += 60_000;
    const [found, end, ...more] = ask(driver, OTHER);
    expect(more).toEqual([]);
    expect(found?.attrs).toMatchObject({ from: ROOM, to: OTHER });
    expect(found && resultOf(found)?.attrs).toEqual({ xmlns: NS.mam, queryid: "q1", id });
    const wrapper = found && resultOf(found)?.getChild("forwarded", NS.forward);
    expect(wrapper?.getChild("delay", NS.delay)?.attrs.stamp).toBe("2026-01-01T00:00:00.000Z");
    const message = forwarded(found);
    expect(message?.attrs).toEqual({
      xmlns: "jabber:client",
      type: "groupchat",
      from: `${ROOM}/thirdwitch`,
      id: "s1",
      "xml:lang": "en",
    });
    expect(message?.getChildElements().map(String)).toEqual(live?.getChildElements().map(String));
    expect(end?.attrs).toEqual({ from: ROOM, to: OTHER, type: "result", id: "mam" });
    expect(end?.getChild("fin", NS.mam)?.attrs.complete).toBe("true");
  });

  it("have no queryid where the query has none", () => {
    const driver = openRoom();
    driver.say(OWNER, "Thrice");
    const [found] = ask(driver, OWNER, "", "");
    expect(found && resultOf(found)?.attrs.queryid).toBeUndefined();
  });

  it("have subjects and what the room says, each message once, but no private messages (6.1.2)", () => {
    const driver = withThree();
    driver.send(OWNER, `<message type="groupchat" to="${ROOM}"><subject>Fire</subject></message>`);
    driver.send(OWNER, `<message type="chat" to="${ROOM}/hecate"><body>psst</body></message>`);
    driver.say(MEMBER, "Burn");
    expect(said(driver, OTHER)).toEqual(["Fire", "Burn"]);
  });

  it("have a tombstone in place of what was retracted (3.2, XEP-0424 section 4)", () => {
    const driver = withMember();
    const [id = ""] = count(driver, MEMBER);
    driver.send(
      MEMBER,
      `<message type="groupchat" id="back" to="${ROOM}"><retract xmlns="${NS.retract}" id="${id}"/></message>`,
    );
    const [tombstone] = ask(driver, OTHER, form({ ids: id }));
    expect(forwarded(tombstone)?.getChild("body")).toBeUndefined();
    expect(forwarded(tombstone)?.getChild("retracted", NS.retract)?.attrs.id).toBe("back");
    expect(tombstone && resultOf(tombstone)?.attrs.id).toBe(id);
  });
});

describe("XEP-0313 4.1 filters", () => {
  it("by time, both ends included (4.1.2)", () => {
    const driver = openRoom();
    count(driver);
    const from = { start: "2026-01-01T00:01:00Z" };
    expect(said(driver, OWNER, from)).toEqual(["two", "three", "four", "five"]);
    expect(said(driver, OWNER, { ...from, end: "2026-01-01T01:03:00+01:00" })).toEqual([
      "two",
      "three",
      "four",
    ]);
    expect(said(driver, OWNER, { start: "2027-01-01T00:00:00Z" })).toEqual([]);
    expect(said(driver, OWNER, { start: "yesterday" })).toBe("modify/bad-request");
    expect(said(driver, OWNER, { end: "2026-01-01" })).toBe("modify/bad-request");
  });

  it("by occupant's address, as it was then; by the room's own everything (4.1.1)", () => {
    const driver = withMember();
    driver.say(MEMBER, "as third");
    driver.send(MEMBER, `<presence to="${ROOM}/fourthwitch"/>`);
    driver.say(MEMBER, "as fourth");
    driver.say(OWNER, "as first");
    expect(said(driver, OTHER, { with: `${ROOM}/thirdwitch` })).toEqual(["as third"]);
    expect(said(driver, OTHER, { with: ROOM })).toEqual(["as third", "as fourth", "as first"]);
    expect(said(driver, OTHER, { with: "a b@c" })).toBe("modify/bad-request");
  });

  it("by real JID, for those who may know it, and one's own (4.1.1)", () => {
    const driver = withThree();
    driver.say(MEMBER, "mine");
    driver.say(OWNER, "hers");
    const bare = "hag66@shakespeare.example";
    expect(said(driver, OWNER, { with: bare })).toEqual(["mine"]);
    expect(said(driver, OWNER, { with: MEMBER })).toEqual(["mine"]);
    expect(said(driver, OWNER, { with: `${bare}/elsewhere` })).toEqual([]);
    expect(said(driver, OTHER, { with: bare })).toBe("auth/forbidden");
    expect(said(driver, OTHER, { with: "nobody@shakespeare.example" })).toBe("auth/forbidden");
    expect(said(driver, MEMBER, { with: bare })).toEqual(["mine"]);
  });

  it("by ids: after, before, these alone; one that is not there is item-not-found (4.1.3)", () => {
    const driver = openRoom();
    const [one = "", two = "", three = "", four = ""] = count(driver);
    expect(said(driver, OWNER, { "after-id": one, "before-id": four })).toEqual(["two", "three"]);
    expect(said(driver, OWNER, { ids: [three, one, three] })).toEqual(["one", "three"]);
    expect(said(driver, OWNER, { "after-id": one }, page(`<before>${four}</before><max>1</max>`))).toEqual([
      "three",
    ]);
    expect(said(driver, OWNER, { "after-id": one }, page(`<after>${two}</after>`))).toEqual([
      "three",
      "four",
      "five",
    ]);
    for (const field of ["after-id", "before-id"])
      expect(said(driver, OWNER, { [field]: "never" })).toBe("cancel/item-not-found");
    expect(said(driver, OWNER, { ids: [one, "never"] })).toBe("cancel/item-not-found");
    for (const place of ["after", "before"])
      expect(said(driver, OWNER, {}, page(`<${place}>never</${place}>`))).toBe("cancel/item-not-found");
  });

  it("by words (XEP-0431), together with the others", () => {
    const driver = withMember();
    driver.say(MEMBER, "eye of newt");
    driver.say(OWNER, "toe of frog, and newt again");
    expect(said(driver, OTHER, { "{urn:xmpp:fulltext:0}fulltext": "NEWT" })).toHaveLength(2);
    expect(
      said(driver, OTHER, { "{urn:xmpp:fulltext:0}fulltext": "newt", with: `${ROOM}/thirdwitch` }),
    ).toEqual(["eye of newt"]);
    expect(said(driver, OTHER, { "{urn:xmpp:fulltext:0}fulltext": "" })).toHaveLength(2);
  });

  it("of another name are feature-not-implemented, and the form is of its type (4.1.5)", () => {
    const driver = openRoom();
    expect(said(driver, OWNER, { "include-groupchat": "true" })).toBe("cancel/feature-not-implemented");
    const others = [form({ FORM_TYPE: NS.mucRoomConfig }), form({}).replace("submit", "cancel")];
    for (const other of others) expect(saidIn(ask(driver, OWNER, other))).toBe("modify/bad-request");
  });

  it("are told by a form whose ids are open, to those who ask (4.1.5)", () => {
    const driver = openRoom();
    const [reply] = driver.send(OTHER, `<iq type="get" id="f" to="${ROOM}"><query xmlns="${NS.mam}"/></iq>`);
    const x = reply?.getChild("query", NS.mam)?.getChild("x", NS.dataForms);
    expect(x?.attrs.type).toBe("form");
    const fields = x ? children(x, "field", NS.dataForms) : [];
    expect(fields.map(({ attrs }) => [attrs.var, attrs.type])).toEqual([
      ["FORM_TYPE", "hidden"],
      ["with", "jid-single"],
      ["start", "text-single"],
      ["end", "text-single"],
      ["before-id", "text-single"],
      ["after-id", "text-single"],
      ["ids", "list-multi"],
      ["{urn:xmpp:fulltext:0}fulltext", "text-single"],
    ]);
    expect(fields[6]?.getChild("validate", NS.dataValidation)?.getChild("open")).toBeDefined();
    expect(fields.every((field) => field.getChild("required") === undefined)).toBe(true);
  });
});

describe("XEP-0313 4.3 pages", () => {
  /** Returns the results with what the end of the page says. */
  function pageOf(driver: Driver, set: string, rest = "") {
    const answer = ask(driver, OWNER, page(set) + rest);
    const fin = finOf(answer);
    const rsm = fin?.getChild("set", NS.rsm);
    const [first, last] = ["first", "last"].map((name) => rsm?.getChild(name));
    return {
      said: saidIn(answer),
      complete: fin?.attrs.complete,
      first: first?.getText(),
      last: last?.getText(),
      index: first?.attrs.index,
      count: rsm?.getChild("count")?.getText(),
    };
  }

  it("go forwards from the start or after an id, until the page is complete (4.3.2)", () => {
    const driver = openRoom();
    const [one, two, , four, five] = count(driver);
    const first = { said: ["one", "two"], first: one, last: two, index: "0" };
    expect(pageOf(driver, "<max>2</max>")).toEqual({ ...first, complete: undefined, count: "5" });
    const rest = pageOf(driver, `<max>2</max><after>${four}</after>`);
    expect(rest).toMatchObject({ said: ["five"], first: five, last: five, complete: "true" });
    expect(rest.index).toBeUndefined();
  });

  it("go backwards from the end or before an id, oldest first all the same (4.3.3)", () => {
    const driver = openRoom();
    const [one, two, three, four, five] = count(driver);
    const last = { said: ["four", "five"], first: four, last: five };
    const notFirst = { complete: undefined, index: undefined };
    expect(pageOf(driver, "<max>2</max><before/>")).toMatchObject({ ...last, ...notFirst });
    const before = pageOf(driver, `<max>2</max><before>${three}</before>`);
    expect(before).toMatchObject({
      said: ["one", "two"],
      first: one,
      last: two,
      complete: "true",
      index: "0",
    });
  });

  it("tell how many there are of what is limited where they hold all of it, or where that is all that is asked for (XEP-0059 2.6)", () => {
    const driver = withMember();
    count(driver);
    const [six] = driver.say(MEMBER, "six");
    const mine = form({ with: `${ROOM}/firstwitch` });
    expect(pageOf(driver, "<max>2</max>", mine).count).toBeUndefined();
    expect(pageOf(driver, "<max>5</max>", mine).count).toBe("5");
    expect(pageOf(driver, "<max>0</max>", mine)).toMatchObject({ said: [], first: undefined, count: "5" });
    const id = six && child(six, "stanza-id", NS.stanzaId)?.attrs.id;
    expect(pageOf(driver, `<max>0</max><before>${id}</before>`)).toMatchObject({ said: [], count: "6" });
    expect(pageOf(driver, "<max>0</max>", form({ "before-id": id ?? "" })).count).toBe("5");
    // All before an id is not all that there is.
    expect(pageOf(driver, `<before>${id}</before>`)).toMatchObject({ complete: "true", count: "6" });
    expect(pageOf(driver, `<before>${id}</before>`, mine).count).toBeUndefined();
    expect(pageOf(driver, "<max>0</max><after>nothing</after>").said).toBe("cancel/item-not-found");
  });

  it("tell how many there are in all, and nothing of an empty archive but that", () => {
    const driver = openRoom();
    expect(pageOf(driver, "")).toMatchObject({ said: [], complete: "true", first: undefined, count: "0" });
    count(driver);
    expect(pageOf(driver, "")).toMatchObject({ complete: "true", count: "5", index: "0" });
    const none = { said: [], first: undefined, complete: undefined };
    expect(pageOf(driver, "<max>0</max>")).toMatchObject({ ...none, count: "5" });
  });

  it("are sent in reverse where that is asked for; nothing else changes (4.3.4)", () => {
    const driver = openRoom();
    const [one, two] = count(driver);
    const flipped = pageOf(driver, "<max>2</max>", "<flip-page/>");
    expect(flipped).toMatchObject({ said: ["two", "one"], first: one, last: two });
  });

  it("hold 50 messages, or as many as are asked for within the service's limit (4.3.1)", () => {
    const driver = openRoom();
    for (let i = 0; i < 210; i++) driver.say(OWNER, `number ${i}`);
    expect(pageOf(driver, "").said).toHaveLength(50);
    expect(pageOf(driver, "<max>1000</max>").said).toHaveLength(200);
    const many = Array.from({ length: 201 }, (_, i) => `id-${i}`);
    expect(said(driver, OWNER, { ids: many })).toBe("modify/not-acceptable");
    expect(said(driver, OWNER, { ids: many.slice(1) })).toBe("cancel/item-not-found");
  });

  it("say where a search goes on that has found nothing yet (4.3.2)", () => {
    const driver = openRoom();
    const query = `<query xmlns="${NS.mam}">${form({ [WORDS]: "cauldron" })}</query>`;
    const [storeQuery] = storeQueriesOf(
      driver.routed(OWNER, `<iq type="set" id="mam" to="${ROOM}">${query}</iq>`),
    );
    const readArchive = () => ({ messages: [], complete: false, reached: "s1" });
    const found = storeQuery?.read({ ...NO_RECORDS, readArchive });
    const fin = finOf(found instanceof Promise || !found ? [] : driver.written(found));
    expect(fin?.attrs.complete).toBeUndefined();
    const set = fin && child(fin, "set", NS.rsm);
    expect(set?.getChild("first")?.getText()).toBe("s1");
    expect(set?.getChild("first")?.attrs.index).toBeUndefined();
    expect(set?.getChild("last")?.getText()).toBe("s1");
  });

  it("are searched for 20 words at most (XEP-0431)", () => {
    const driver = openRoom();
    const words = (count: number, glue: string) => Array.from({ length: count }, () => "toil").join(glue);
    expect(said(driver, OWNER, { [WORDS]: words(20, " ") })).toEqual([]);
    for (const glue of [" ", "-"])
      expect(said(driver, OWNER, { [WORDS]: words(21, glue) })).toBe("modify/not-acceptable");
    expect(said(driver, OWNER, { [WORDS]: "! ".repeat(21) })).toBe("modify/not-acceptable");
  });

  it("are not found by index, and numbers are numbers (XEP-0059 section 2.6)", () => {
    const driver = openRoom();
    expect(pageOf(driver, "<index>3</index>").said).toBe("cancel/feature-not-implemented");
    expect(pageOf(driver, "<max>many</max>").said).toBe("modify/bad-request");
  });
});

describe("XEP-0313 5 archive metadata", () => {
  const metadata = (driver: Driver, from = OWNER) =>
    driver.send(from, `<iq type="get" id="m" to="${ROOM}"><metadata xmlns="${NS.mam}"/></iq>`).at(-1);

  it("names the first and the last message with their times, or nothing", () => {
    const driver = openRoom();
    const empty = metadata(driver)?.getChild("metadata", NS.mam);
    expect(empty?.getChildElements()).toEqual([]);
    const ids = count(driver);
    const found = metadata(driver)?.getChild("metadata", NS.mam);
    expect(found?.getChildElements().map(({ name, attrs }) => [name, attrs])).toEqual([
      ["start", { id: ids[0], timestamp: "2026-01-01T00:00:00.000Z" }],
      ["end", { id: ids[4], timestamp: "2026-01-01T00:04:00.000Z" }],
    ]);
  });

  it("is for readers of the archive only (8.1)", () => {
    const driver = openRoom({ "muc#roomconfig_membersonly": "1" });
    expect(errorOf(metadata(driver, OTHER))).toBe("auth/forbidden");
    const member = (affiliation: string) =>
      driver.admin(OWNER, `<item affiliation="${affiliation}" jid="hecate@shakespeare.example"/>`);
    member("member");
    const asked = `<iq type="get" id="m" to="${ROOM}"><metadata xmlns="${NS.mam}"/></iq>`;
    const queries = storeQueriesOf(driver.routed(OTHER, asked));
    member("none");
    const answers = queries.flatMap((query) => driver.answer(query));
    expect(answers.map(errorOf), "judged again with the answer").toEqual(["auth/forbidden"]);
  });
});
