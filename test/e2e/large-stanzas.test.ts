// Stanzas that grow on their way through a real server: none of them closes the component's link.
import { describe, expect, onTestFinished, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import { startVerona } from "../../dev/verona.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { connectComponent } from "../support/component.ts";
import { COMPONENT, OPTIONS } from "../support/servers.ts";

/** Prosody's default limit for a component, in bytes. */
const SERVER_LIMIT = 524_288;
/** The attackers' server. It may write anything. */
const OTHER = { domain: "other.localhost", secret: "0ther" };
const SERVICE = COMPONENT.domain;
const ROOM = `coven@${SERVICE}`;
const OWNER = `owner@${OTHER.domain}/o`;
const STARTS = { prosody: startProsody, ejabberd: startEjabberd } as const;

async function connectAttacker(port: number) {
  const { send, receive: answer } = await connectComponent({ ...OTHER, port });
  let requests = 0;
  const request = (to: string, type: string, payload: string, from = OWNER): Promise<Element> => {
    requests += 1;
    const id = `r${requests}`;
    send(`<iq type="${type}" id="${id}" from="${from}" to="${to}">${payload}</iq>`);
    return answer(({ attrs }) => attrs.id === id);
  };
  return { send, answer, request };
}

describe.each(["prosody", "ejabberd"] as const)("behind %s", (name) => {
  test("what grows closes no link, and everybody else goes on", async () => {
    const server = await STARTS[name]({ ...OPTIONS, components: [COMPONENT, OTHER] });
    onTestFinished(() => server.stop());
    const verona = await startVerona({
      server,
      ...COMPONENT,
      env: { VERONA_ROOM_CREATION: "anyone", VERONA_MAX_REQUESTS_PER_MINUTE: "0" },
    });
    onTestFinished(async () => void (await verona.stop()));
    const { send, answer, request } = await connectAttacker(
      server.componentPorts?.[1] ?? server.componentPort,
    );
    const ping = () => request(SERVICE, "get", `<ping xmlns="${NS.ping}"/>`);
    const enter = (from: string, nick: string, content = "") =>
      send(`<presence from="${from}" to="${ROOM}/${nick}"><x xmlns="${NS.muc}">${content}</x></presence>`);
    const isSubject = (stanza: Element) => stanza.getChild("subject") !== undefined;

    enter(OWNER, "owner");
    await answer(isSubject);
    const form = `<x xmlns="${NS.dataForms}" type="submit"/>`;
    await request(ROOM, "set", `<query xmlns="${NS.mucOwner}">${form}</query>`);

    // The server escapes each of the id's 90 000 apostrophes with six bytes.
    send(
      `<iq type="get" id="${"'".repeat(90_000)}" from="${OWNER}" to="${SERVICE}"><ping xmlns="${NS.ping}"/></iq>`,
    );
    await ping();

    // The room refuses a message of 135 000 ">". It keeps one of 60 000 and sends it to new occupants.
    const say = (count: number) =>
      send(
        `<message type="groupchat" id="m${count}" from="${OWNER}" to="${ROOM}"><body>${">".repeat(count)}</body></message>`,
      );
    say(135_000);
    expect((await answer(({ attrs }) => attrs.id === "m135000")).attrs.type).toBe("error");
    say(60_000);
    expect((await answer(({ attrs }) => attrs.id === "m60000")).getChild("body")?.getText()).toHaveLength(
      60_000,
    );
    enter(`reader@${OTHER.domain}/r`, "reader");
    await answer(({ attrs, name: kind }) => kind === "message" && attrs.to?.startsWith("reader@") === true);
    await ping();

    // 6 700 members, as a list, and for a user who requests the list on entering (XEP-0463).
    for (let start = 0; start < 6_700; start += 670) {
      const items = Array.from(
        { length: 670 },
        (_, n) => `<item affiliation="member" jid="member${start + n}${"x".repeat(30)}@${OTHER.domain}"/>`,
      );
      await request(ROOM, "set", `<query xmlns="${NS.mucAdmin}">${items.join("")}</query>`);
    }
    const list = await request(
      ROOM,
      "get",
      `<query xmlns="${NS.mucAdmin}"><item affiliation="member"/></query>`,
    );
    expect(list.attrs.type).toBe("result");
    expect(list.getChild("query")?.getChild("set")?.getChild("count")?.getText()).toBe("6700");
    enter(`${OWNER}2`, "owner", `<mav xmlns="${NS.affiliationVersions}"/>`);
    const mav = await answer(
      (stanza) => stanza.attrs.to === `${OWNER}2` && stanza.getChild("x")?.getChild("mav") !== undefined,
    );
    expect(Buffer.byteLength(String(mav))).toBeLessThan(SERVER_LIMIT);
    await ping();
    expect(verona.log()).not.toContain('"offline"');
    expect(verona.log()).not.toContain("was not sent");
  });
});
