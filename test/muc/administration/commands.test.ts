// Ad-hoc commands (XEP-0050), tested with the commands of a room.
import { describe, expect, it } from "vitest";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type Driver, errorOf, MEMBER, OWNER, ROOM, withMember } from "../../support/room-driver.ts";

const CREATE = "urn:xmpp:hats:commands:create";
const FORM =
  '<x xmlns="jabber:x:data" type="submit">' +
  '<field var="FORM_TYPE"><value>urn:xmpp:hats:commands</value></field>' +
  '<field var="hats#title"><value>Host</value></field>' +
  '<field var="hats#uri"><value>urn:x:host</value></field></x>';

function command(driver: Driver, from: string, attributes: string, content = "", type = "set") {
  const element = `<command xmlns="${NS.commands}" ${attributes}>${content}</command>`;
  return driver.send(from, `<iq type="${type}" id="c" to="${ROOM}">${element}</iq>`).at(-1);
}

const attributesOf = (reply: Element | undefined) => reply?.getChild("command", NS.commands)?.attrs;

function disco(driver: Driver, from: string, what: "info" | "items", node: string) {
  const xmlns = what === "info" ? NS.discoInfo : NS.discoItems;
  const query = `<query xmlns="${xmlns}" node="${node}"/>`;
  const [reply] = driver.send(from, `<iq type="get" id="d" to="${ROOM}">${query}</iq>`);
  return errorOf(reply) ?? reply?.getChild("query")?.getChildElements();
}

describe("XEP-0050 2.1 and 2.2 discovering commands", () => {
  it("lists the commands that the requester may run, and describes each command and the list", () => {
    const driver = withMember();
    const nodes = (from: string) => {
      const items = disco(driver, from, "items", NS.commands);
      if (!Array.isArray(items)) return items;
      const names = items.map((item) => String(item.attrs.node));
      return names.filter((name) => name.startsWith("urn:")).map((name) => name.split(":").at(-1));
    };
    expect(nodes(OWNER)).toEqual(["create", "destroy", "list", "assign", "unassign", "list-assigned"]);
    expect(nodes(MEMBER)).toEqual(["list"]);
    expect(nodes("bard@shakespeare.example/globe")).toEqual([]);
    const info = (node: string) => {
      const elements = disco(driver, OWNER, "info", node);
      return Array.isArray(elements) ? elements.map((el) => el.attrs.type ?? el.attrs.var) : elements;
    };
    expect(info(NS.commands)).toEqual(["command-list"]);
    expect(info(CREATE)).toEqual(["command-node", NS.commands, NS.dataForms]);
    expect(info("urn:x:nothing")).toBe("cancel/item-not-found");
  });
});

describe("XEP-0050 2.4 and 3.4 running a command", () => {
  it("returns the form with a session, and completes the command in that session", () => {
    const driver = withMember();
    const first = command(driver, OWNER, `node="${CREATE}" action="execute"`);
    const { sessionid, status } = attributesOf(first) ?? {};
    expect(status).toBe("executing");
    expect(first?.getChild("command")?.getChild("actions")?.toString()).toBe(
      '<actions execute="complete"><complete/></actions>',
    );
    const last = attributesOf(command(driver, OWNER, `node="${CREATE}" sessionid="${sessionid}"`, FORM));
    expect(last).toMatchObject({ node: CREATE, sessionid, status: "completed" });
  });

  it("treats a form of type cancel as submitted (3.5.1), because cancel is an action", () => {
    const form = FORM.replace('"submit"', '"cancel"');
    expect(attributesOf(command(withMember(), OWNER, `node="${CREATE}"`, form))?.status).toBe("completed");
  });

  it("runs at once if the first request contains the form (XEP-0317 3.3)", () => {
    expect(attributesOf(command(withMember(), OWNER, `node="${CREATE}"`, FORM))?.status).toBe("completed");
  });

  it("may be cancelled, without effect", () => {
    const driver = withMember();
    const reply = command(driver, OWNER, `node="${CREATE}" sessionid="s" action="cancel"`);
    expect(attributesOf(reply)).toMatchObject({ sessionid: "s", status: "canceled" });
    expect(driver.registry.get("coven")?.notes.has("hats")).toBe(false);
  });
});

describe("XEP-0050 4.4 refusals", () => {
  it.each([
    [OWNER, 'node="urn:x:nothing"', "", "cancel/item-not-found", undefined],
    [MEMBER, `node="${CREATE}"`, "", "cancel/forbidden", undefined],
    [OWNER, `node="${CREATE}" action="dance"`, "", "modify/bad-request", "malformed-action"],
    [OWNER, `node="${CREATE}" sessionid="s" action="prev"`, "", "modify/bad-request", "bad-action"],
    [OWNER, `node="${CREATE}" sessionid=""`, "", "modify/bad-request", "bad-sessionid"],
    [OWNER, `node="${CREATE}" sessionid="s"`, "", "modify/bad-request", "bad-payload"],
    [
      OWNER,
      `node="${CREATE}"`,
      '<x xmlns="jabber:x:data" type="submit"/>',
      "modify/bad-request",
      "bad-payload",
    ],
  ])("%s %s%s: %s, %s", (from, attributes, content, refusal, condition) => {
    const reply = command(withMember(), from, attributes, content);
    expect(errorOf(reply)).toBe(refusal);
    const specific = reply?.getChild("error")?.getChildElements();
    expect(specific?.find((el) => el.getNS() === NS.commands)?.getName()).toBe(condition);
  });

  it("a command must be an IQ of type set", () => {
    expect(errorOf(command(withMember(), OWNER, `node="${CREATE}"`, "", "get"))).toBe("modify/bad-request");
  });
});
