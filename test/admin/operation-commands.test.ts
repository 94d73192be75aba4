import { beforeEach, describe, expect, it } from "vitest";
import { CATALOGUE } from "../../src/operations/catalogue.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { ADMIN, DOMAIN, OperationHarness, ROOM } from "../operations/harness.ts";
import { errorOf } from "../support/room-driver.ts";

const CLIENT = `${ADMIN}/cell`;
const OWNER = "crone1@shakespeare.example/desktop";

let service: OperationHarness;
beforeEach(async () => {
  service = new OperationHarness();
  await service.enter(OWNER, "firstwitch");
  await service.sent();
});

type Fields = Record<string, string | readonly string[]>;

async function run(operation: string, fields?: Fields, from = CLIENT) {
  const node = `verona#${operation}`;
  const written = Object.entries({ FORM_TYPE: node, ...fields }).map(([name, value]) => {
    const values = [value].flat().map((each) => `<value>${each.replaceAll('"', "&quot;")}</value>`);
    return `<field var="${name}">${values.join("")}</field>`;
  });
  const form = fields ? `<x xmlns="${NS.dataForms}" type="submit">${written.join("")}</x>` : "";
  const iq = `<iq type="set" id="c" to="${DOMAIN}"><command xmlns="${NS.commands}" node="${node}">${form}</command></iq>`;
  const sent = await service.send(from, iq);
  const reply = sent.find(({ attrs }) => attrs.id === "c");
  const command = reply?.getChild("command");
  const x = command?.getChild("x");
  const names = x?.getChildren("field").map(({ attrs }) => attrs.var);
  const lines = x
    ?.getChildren("field")
    .filter(({ attrs }) => attrs.var === "verona#result")
    .flatMap((field) => field.getChildren("value").map((value) => value.getText()));
  return { error: errorOf(reply), status: command?.attrs.status, names, lines };
}

describe("operations as ad-hoc commands (XEP-0050)", () => {
  it("are listed for service administrators, all that the HTTP API has", async () => {
    const list = `<iq type="get" id="l" to="${DOMAIN}"><query xmlns="${NS.discoItems}" node="${NS.commands}"/></iq>`;
    const [reply] = await service.send(CLIENT, list);
    const nodes = reply
      ?.getChild("query")
      ?.getChildElements()
      .map(({ attrs }) => attrs.node);
    const own: Record<string, string> = {
      "rooms.list": "verona#list-rooms",
      "room.destroy": "verona#destroy-room",
      status: "verona#statistics",
      counters: "verona#statistics",
      announce: "http://jabber.org/protocol/admin#announce",
    };
    for (const { name, http } of CATALOGUE)
      if (http !== undefined) expect(nodes).toContain(own[name] ?? `verona#${name}`);
    expect(nodes).not.toContain("verona#backup");
    const [others] = await service.send(OWNER, list);
    expect(others?.getChild("query")?.getChildElements()).toEqual([]);
  });

  it("offer the parameters as a form, run, and show the result", async () => {
    expect(await run("room.show")).toMatchObject({ status: "executing", names: ["FORM_TYPE", "room"] });
    const { status, lines } = await run("room.show", { room: "coven" });
    expect(status).toBe("completed");
    expect(lines?.[0]).toMatch(/^Room +coven@chat\.example$/);
    expect(lines?.join("\n")).toContain("firstwitch");
  });

  it("act in the administrator's name", async () => {
    const changes = '[{"user": "hag66@shakespeare.example", "affiliation": "member"}]';
    expect(await run("affiliations.set", { room: ROOM, changes })).toMatchObject({ status: "completed" });
    expect(service.store.readActs({ max: 1 })).toMatchObject([
      { kind: "affiliation-changed", by: ADMIN, target: "hag66@shakespeare.example" },
    ]);
  });

  it("pass refusals on, and say what is wrong with a form", async () => {
    expect((await run("room.show", { room: "nowhere" })).error).toContain("item-not-found");
    expect((await run("affiliations.set", { room: ROOM, changes: "{" })).error).toContain("bad-request");
    expect((await run("room.show", {})).error).toContain("bad-request");
  });

  it("are refused to others", async () => {
    expect((await run("room.show", { room: ROOM }, OWNER)).error).toContain("forbidden");
  });
});
