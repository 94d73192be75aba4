// Reports (Group Chat Reporting, urn:xmpp:gcreport:0, with the payload of XEP-0377), and the commands that close them.
import { describe, expect, it } from "vitest";
import { MOST_TOLD } from "../../../src/muc/messages/moderator-notice.ts";
import { MAX_REPORTS, MAX_REPORTS_OF_USER, reportsNote } from "../../../src/muc/room/open-reports.ts";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { outcomeOf, runCommand } from "../../support/room-command.ts";
import {
  adminList,
  brief,
  type Driver,
  type DriverOptions,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  sentTo,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const PERSISTENT = { "muc#roomconfig_persistentroom": "1" };
const ABUSE = { environment: { abuseContacts: ["abuse@operator.example"] } };

interface Case {
  readonly driver: Driver;
  /** What MEMBER said: its stanza-id and occupant-id. */
  readonly id: string;
  readonly author: string;
}

function spammed(options: DriverOptions = {}, fields = {}): Case {
  const driver = withThree({ ...PERSISTENT, ...fields }, options);
  const [said] = driver.say(MEMBER, "Buy!");
  const id = String(said && child(said, "stanza-id", NS.stanzaId)?.attrs.id);
  return { driver, id, author: String(said && child(said, "occupant-id", NS.occupantId)?.attrs.id) };
}

const spam = (content = "") =>
  `<report xmlns="${NS.reporting}" reason="urn:xmpp:reporting:spam">${content}</report>`;
const evidence = (id: string, by = ROOM) => `<stanza-id xmlns="${NS.stanzaId}" id="${id}" by="${by}"/>`;

function report(driver: Driver, from: string, author: string, content: string, name = "report-participant") {
  const occupant = `<occupant-id xmlns="${NS.occupantId}" id="${author}"/>`;
  const request = `<${name} xmlns="${NS.groupReport}">${occupant}${content}</${name}>`;
  return driver.send(from, `<iq type="set" id="r" to="${ROOM}">${request}</iq>`);
}

const textOf = (stanza: Element | undefined) => stanza?.getChild("body")?.getText();

function open(driver: Driver) {
  const room = driver.registry.get("coven");
  return room ? reportsNote.read(room) : [];
}

const close = (driver: Driver, fields: Record<string, string>, from = OWNER) =>
  runCommand(driver, from, "close-report", { report: open(driver)[0]?.id ?? "", ...fields });

/** Returns the rows of the list of reports. */
const rows = (driver: Driver, from = OWNER) =>
  runCommand(driver, from, "reports")[0]
    ?.getChild("command")
    ?.getChild("x")
    ?.getChildren("item")
    .map((item) => item.getChildren("field").map((field) => field.getChild("value")?.getText()));

describe("a report about a message", () => {
  it.each(["report-participant", "submit"])(
    "as %s is kept with the text and told to moderators only",
    (name) => {
      const { driver, id, author } = spammed();
      const sent = report(driver, OTHER, author, spam(`${evidence(id)}<text>Malware</text>`), name);
      expect(sent.map(brief)).toEqual(["message @ > crone1", "iq result @ > hecate"]);
      expect(textOf(sent[0])).toContain("hecate reports thirdwitch: spam\nMalware\nThe message: Buy!");
      const payload = sent[0] && child(sent[0], "report-participant", NS.groupReport);
      expect(payload?.getChild("occupant-id", NS.occupantId)?.attrs.id).toBe(author);
      expect(payload?.getChild("report", NS.reporting)?.getChild("stanza-id", NS.stanzaId)?.attrs.id).toBe(
        id,
      );
      const by = "hecate@shakespeare.example";
      expect(rows(driver)).toEqual([
        [
          "thirdwitch",
          "Buy!",
          "spam",
          "Malware",
          by,
          new Date(driver.now).toISOString(),
          HAG,
          id,
          open(driver)[0]?.id,
        ],
      ]);
    },
  );

  it("of a user who has left, after a restart, and in a room without an archive", () => {
    const { driver, id, author } = spammed();
    driver.leave(MEMBER, "thirdwitch");
    const restarted = driver.restarted();
    expect(report(restarted, OTHER, author, spam(evidence(id))).map(errorOf)).not.toContain(
      "cancel/item-not-found",
    );
    expect(open(restarted)).toMatchObject([{ jid: HAG, stanzaId: id }]);
    const silent = spammed({}, { "muc#roomconfig_enablearchiving": "0" });
    report(silent.driver, OTHER, silent.author, spam(evidence(silent.id)));
    expect(open(silent.driver)).toMatchObject([{ jid: HAG }]);
  });

  it("that another occupant sent, or with the id of another room, is a report about the occupant alone", () => {
    const { driver, id, author } = spammed();
    const [own] = driver.say(OWNER, "Hail");
    const owner = String(own && child(own, "occupant-id", NS.occupantId)?.attrs.id);
    report(driver, OTHER, owner, spam(evidence(id)));
    report(driver, OTHER, author, spam(evidence(id, "heath@chat.example")));
    expect(open(driver)).toMatchObject([{ jid: "crone1@shakespeare.example" }, { jid: HAG }]);
    expect(open(driver).map(({ text }) => text)).toEqual([undefined, undefined]);
  });

  it("cuts long texts to 1000 bytes", () => {
    const { driver, author } = spammed();
    report(driver, OTHER, author, spam(`<text>${"x".repeat(2_000)}</text>`));
    expect(open(driver)[0]?.comment).toHaveLength(998); // and an ellipsis of three bytes
  });
});

describe("a report is refused", () => {
  it.each<[what: string, from: string, content: string, error: string]>([
    ["from outside", "bard@shakespeare.example/globe", spam(), "auth/forbidden"],
    ["without a report", OTHER, "", "modify/bad-request"],
    ["with two", OTHER, spam() + spam(), "modify/bad-request"],
    ["without a reason", OTHER, `<report xmlns="${NS.reporting}"/>`, "modify/bad-request"],
    ["about oneself", MEMBER, spam(), "cancel/not-allowed"],
  ])("%s", (_what, from, content, error) => {
    const { driver, author } = spammed();
    expect(report(driver, from, author, content).map(errorOf)).toEqual([error]);
  });

  it("about nobody", () => {
    const { driver } = spammed();
    expect(report(driver, OTHER, "none", spam()).map(errorOf)).toEqual(["cancel/item-not-found"]);
  });

  it("if the user has too many open ones; the same again is one", () => {
    const { driver, author } = spammed();
    for (let i = 0; i < MAX_REPORTS_OF_USER; i++) {
      const [said] = driver.say(MEMBER, "Buy!");
      const content = spam(evidence(String(said && child(said, "stanza-id", NS.stanzaId)?.attrs.id)));
      for (let times = 0; times < 2; times++)
        expect(report(driver, OTHER, author, content).at(-1)?.attrs.type).toBe("result");
    }
    expect(open(driver)).toHaveLength(MAX_REPORTS_OF_USER);
    expect(report(driver, OTHER, author, spam()).map(errorOf)).toEqual(["wait/resource-constraint"]);
  });
});

it("the room keeps a bounded number of reports, and sends a bounded number of messages about them", () => {
  const { driver, author } = spammed();
  let told = 0;
  for (let i = 0; i <= MAX_REPORTS; i++) {
    const user = `user${i}@shakespeare.example/a`;
    driver.join(user, `user${i}`);
    told += sentTo(report(driver, user, author, spam()), OWNER).length;
    driver.leave(user, `user${i}`);
  }
  expect(open(driver)).toHaveLength(MAX_REPORTS);
  expect(told).toBe(MOST_TOLD);
});

it("a reported moderator neither is told nor sees the report", () => {
  const { driver, author } = spammed();
  driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
  const sent = report(driver, OTHER, author, spam());
  expect(sent.map((stanza) => stanza.attrs.to)).toEqual([OWNER, OTHER]);
  expect(rows(driver, MEMBER)).toEqual([]);
  expect(outcomeOf(close(driver, { decision: "dismiss" }, MEMBER))).toBe("cancel/item-not-found");
});

describe("closing a report", () => {
  it("by dismissal only forgets it, and records who did", () => {
    const { driver, author } = spammed();
    report(driver, OTHER, author, spam());
    expect(outcomeOf(close(driver, { decision: "dismiss", reason: "Fine" }))).toBe("completed");
    expect(open(driver)).toEqual([]);
    expect(driver.journal.filter(({ kind }) => kind === "act-recorded").at(-1)).toMatchObject({
      act: { kind: "report-closed", by: "crone1@shakespeare.example", target: HAG, detail: "dismiss" },
    });
  });

  it("by retraction announces it as XEP-0425 does, also of a message that only the archive has", () => {
    for (const more of [0, 501]) {
      const { driver, id, author } = spammed();
      report(driver, OTHER, author, spam(evidence(id)));
      for (let i = 0; i < more; i++) driver.say(OWNER, "talk");
      const sent = close(driver, { decision: "retract" });
      expect(sentTo(sent, OTHER).map((each) => child(each, "retract", NS.retract)?.attrs.id)).toEqual([id]);
      expect(outcomeOf(sent)).toBe("completed");
      expect(open(driver)).toEqual([]);
    }
  });

  it("by retraction of no message stays open", () => {
    const { driver, author } = spammed();
    report(driver, OTHER, author, spam());
    expect(outcomeOf(close(driver, { decision: "retract" }))).toBe("cancel/item-not-found");
    expect(open(driver)).toHaveLength(1);
  });

  it("by a ban needs an admin, and may be for a time", () => {
    const { driver, author } = spammed();
    report(driver, OTHER, author, spam());
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    expect(outcomeOf(close(driver, { decision: "ban" }, OTHER))).toBe("auth/forbidden");
    expect(outcomeOf(close(driver, { decision: "ban", minutes: "60" }))).toBe("completed");
    expect(adminList(driver, OWNER, '<item affiliation="outcast"/>')).toHaveLength(1);
    driver.now += 3_600_000;
    driver.registry.passTime();
    expect(adminList(driver, OWNER, '<item affiliation="outcast"/>')).toEqual([]);
  });

  it("sends it to the operator's contacts without the reporter, at most five an hour", () => {
    const { driver, author } = spammed(ABUSE);
    for (let i = 0; i < 6; i++) {
      report(driver, OTHER, author, spam("<text>Malware</text>"));
      const sent = close(driver, { decision: "forward" });
      expect(outcomeOf(sent)).toBe(i < 5 ? "completed" : "wait/resource-constraint");
      const [message] = sentTo(sent, "abuse@operator.example");
      expect(message?.attrs.from).toBe(i < 5 ? ROOM : undefined);
      if (message) expect(textOf(message)).toContain(HAG);
      expect(String(message)).not.toContain("hecate");
    }
    const without = spammed();
    report(without.driver, OTHER, without.author, spam());
    expect(outcomeOf(close(without.driver, { decision: "forward" }))).toBe("cancel/feature-not-implemented");
  });
});

describe("a report about a room, to the service", () => {
  const reportChat = (driver: Driver, room: string) =>
    driver.send(
      MEMBER,
      `<iq type="set" id="r" to="chat.example"><report-chat xmlns="${NS.groupReport}"><jid>${room}</jid>${spam("<text>Bad</text>")}</report-chat></iq>`,
    );

  it("goes to the operator's contacts", () => {
    const { driver } = spammed(ABUSE);
    const sent = reportChat(driver, ROOM);
    expect(sent.map((stanza) => stanza.attrs.to)).toEqual(["abuse@operator.example", MEMBER]);
    expect(textOf(sent[0])).toBe(`${HAG} reports the room ${ROOM}: spam\nBad`);
  });

  it("is refused about rooms elsewhere, and where the operator has no contact", () => {
    expect(reportChat(spammed(ABUSE).driver, "a@b.example").map(errorOf)).toEqual(["modify/bad-request"]);
    expect(reportChat(spammed().driver, ROOM).map(errorOf)).toEqual(["cancel/feature-not-implemented"]);
  });
});

it("rooms announce the feature, and so does a service with a contact", () => {
  const features = (driver: Driver, to: string) =>
    driver
      .send(OWNER, `<iq type="get" id="d" to="${to}"><query xmlns="${NS.discoInfo}"/></iq>`)[0]
      ?.getChild("query")
      ?.getChildren("feature")
      .map((feature) => feature.attrs.var);
  expect(features(spammed().driver, ROOM)).toContain(NS.groupReport);
  expect(features(spammed(ABUSE).driver, "chat.example")).toContain(NS.groupReport);
  expect(features(spammed().driver, "chat.example")).not.toContain(NS.groupReport);
});
