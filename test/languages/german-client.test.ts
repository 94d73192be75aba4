// A user whose client speaks German (RFC 6120 section 8.1.5).
import { beforeAll, describe, expect, it } from "vitest";
import { ownLanguages } from "../../src/config/languages.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { addLanguages, type Catalogue } from "../../src/xmpp/text.ts";
import { Driver, MEMBER, OTHER, OWNER, ROOM, withMember } from "../support/room-driver.ts";

const SERVICE = "chat.example";
const ADMIN = "crone1@shakespeare.example";
let german: Catalogue;
beforeAll(() => {
  const languages = ownLanguages();
  addLanguages(languages);
  german = languages.find(({ tag }) => tag === "de")?.catalogue ?? expect.fail("no German");
});

const iq = (to: string, type: string, content: string, language = "de"): string =>
  `<iq xml:lang="${language}" type="${type}" id="q" to="${to}">${content}</iq>`;
const joining = (nick: string, language: string): string =>
  `<presence xml:lang="${language}" to="${ROOM}/${nick}"><x xmlns="${NS.muc}"/></presence>`;
const errorText = (sent: readonly Element[]) => sent.at(-1)?.getChild("error")?.getChild("text");

const VOICE_REQUEST = `<x xmlns="${NS.dataForms}" type="submit"><field var="FORM_TYPE"><value>${NS.mucRequest}</value></field><field var="muc#role"><value>participant</value></field></x>`;

/** Returns the texts for people in markup: names, labels, titles and the like. */
function shownTexts(element: Element): string[] {
  const { label, name } = element.attrs;
  const own = ["title", "instructions", "desc", "note", "body", "text"].includes(element.getName())
    ? [element.getText()]
    : [];
  return [label, name, ...own, ...element.getChildElements().flatMap(shownTexts)].filter(
    (text): text is string => typeof text === "string",
  );
}

/** Returns those that a German client should not see. */
const english = (stanzas: readonly Element[]): string[] =>
  stanzas.flatMap(shownTexts).filter((text) => german.has(text) && german.get(text) !== text);

describe("a German client", () => {
  it("gets errors in German; an English one and one without a language do not", () => {
    const driver = withMember();
    const query = `<query xmlns="${NS.mucOwner}"/>`;
    const text = errorText(driver.send(MEMBER, iq(ROOM, "get", query)));
    expect(text?.attrs["xml:lang"]).toBe("de");
    expect(text?.getText()).toBe(german.get("Only owners may do this"));
    expect(errorText(driver.send(MEMBER, iq(ROOM, "get", query, "en")))?.getText()).toBe(
      "Only owners may do this",
    );
    const plain = `<iq type="get" id="q" to="${ROOM}">${query}</iq>`;
    expect(errorText(driver.send(MEMBER, plain))?.attrs["xml:lang"]).toBe("en");
  });

  it("sees the forms of configuration, registration, search and archive in German", () => {
    const driver = withMember({ "muc#roomconfig_membersonly": "0" });
    const forms = [
      driver.send(OWNER, iq(ROOM, "get", `<query xmlns="${NS.mucOwner}"/>`)),
      driver.send(OTHER, iq(ROOM, "get", `<query xmlns="${NS.register}"/>`)),
      driver.send(OTHER, iq(ROOM, "get", `<query xmlns="${NS.discoInfo}"/>`)),
      driver.send(OTHER, iq(ROOM, "get", `<query xmlns="${NS.mentions}"/>`)),
      driver.send(OTHER, iq(SERVICE, "get", `<search xmlns="${NS.channelSearch}"/>`)),
    ];
    for (const sent of forms) {
      expect(sent.flatMap(shownTexts).length, sent.join()).toBeGreaterThan(0);
      expect(english(sent)).toEqual([]);
    }
    expect(forms[0]?.flatMap(shownTexts)).toContain(german.get("Make Room Members-Only?"));
  });

  it.each([
    ["room", ROOM],
    ["service", SERVICE],
  ])("sees the list of commands of a %s, their forms and their results in German", (_, to) => {
    const driver = withMember({}, { admins: [ADMIN] });
    driver.send(OWNER, joining("firstwitch", "de"));
    const listing = driver.send(
      OWNER,
      iq(to, "get", `<query xmlns="${NS.discoItems}" node="${NS.commands}"/>`),
    );
    const items = listing[0]?.getChild("query")?.getChildren("item") ?? [];
    expect(items.length).toBeGreaterThan(10);
    expect(english(listing)).toEqual([]);
    for (const { attrs } of items) {
      const command = `<command xmlns="${NS.commands}" node="${attrs.node}"/>`;
      const sent = driver.send(OWNER, iq(to, "set", command)).filter(({ name }) => name === "iq");
      expect(english(sent), attrs.node).toEqual([]);
      const reply = sent[0]?.getChild("command");
      if (reply) expect(reply.attrs["xml:lang"], attrs.node).toBe("de");
    }
  });

  it("gets messages from the room in German, where others inside get them in English", () => {
    const driver = withMember({ "muc#roomconfig_moderatedroom": "1" });
    driver.send(OWNER, joining("firstwitch", "de-AT"));
    driver.admin(OWNER, `<item nick="thirdwitch" role="moderator"/>`);
    driver.join(OTHER, "secondwitch");
    const sent = driver.send(OTHER, `<message to="${ROOM}">${VOICE_REQUEST}</message>`);
    const titleFor = (to: string) =>
      sent
        .find(({ attrs }) => attrs.to === to)
        ?.getChild("x")
        ?.getChild("title")
        ?.getText();
    expect(titleFor(OWNER)).toBe(german.get("Voice request"));
    expect(titleFor(MEMBER)).toBe("Voice request");
  });
});

describe("a service whose language is German (service.language)", () => {
  it("speaks German to clients that name no language, and English to those that ask for it", () => {
    const driver = new Driver({ environment: { language: "de" } });
    driver.join(OWNER, "firstwitch");
    driver.configure(OWNER, { "muc#roomconfig_moderatedroom": "1" });
    driver.send(OTHER, joining("secondwitch", "en"));
    driver.admin(OWNER, `<item nick="secondwitch" role="moderator"/>`);
    driver.join(MEMBER, "thirdwitch");
    const sent = driver.send(MEMBER, `<message to="${ROOM}">${VOICE_REQUEST}</message>`);
    const titles = new Map(
      sent.map((each) => [each.attrs.to, each.getChild("x")?.getChild("title")?.getText()] as const),
    );
    expect(titles.get(OWNER)).toBe(german.get("Voice request"));
    expect(titles.get(OTHER)).toBe("Voice request");
  });
});
