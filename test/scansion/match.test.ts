import { describe, expect, it } from "vitest";
import { compare } from "../../dev/scansion/match.ts";
import { parse } from "../../src/xmpp/element.ts";

const MUC_USER = "http://jabber.org/protocol/muc#user";
const differences = (template: string, received: string) =>
  compare(parse(template), parse(received)).differences;
const user = (content: string) => `<presence><x xmlns="${MUC_USER}">${content}</x></presence>`;

describe("a template", () => {
  it.each([
    [
      "more attributes, elements and text",
      "<message from='a'/>",
      "<message from='a' id='1'><body>hi</body></message>",
    ],
    ["the stream's namespace spelt out", "<message/>", "<message xmlns='jabber:client'/>"],
    ["white space around text", "<a>\n  hi\n</a>", "<a>hi</a>"],
    ["children in another order", user("<status code='110'/><item/>"), user("<item/><status code='110'/>")],
    ["{scansion:any} as attribute and text", "<a b='{scansion:any}'>{scansion:any}</a>", "<a b='1'>x</a>"],
    ["xmlns repeated on a child", user(`<item xmlns='${MUC_USER}'/>`), user("<item/>")],
    [
      "children that only one order of choice fits",
      user("<status/><status code='110'/>"),
      user("<status code='110'/><status code='201'/>"),
    ],
  ])("matches with %s", (_what, template, received) => {
    expect(differences(template, received)).toEqual([]);
  });

  it.each([
    [
      "another attribute value, deep inside",
      user("<item affiliation='owner'/>"),
      user("<item affiliation='none'/>"),
      ['presence/x/item@affiliation: expected "owner", came "none"'],
    ],
    ["a missing attribute", "<iq id='1'/>", "<iq/>", ['iq@id: expected "1", came no such attribute']],
    ["an attribute with a space more", "<iq id='1'/>", "<iq id='1 '/>", ['iq@id: expected "1", came "1 "']],
    [
      "{scansion:any} where no attribute came",
      "<iq id='{scansion:any}'/>",
      "<iq/>",
      ['iq@id: expected "{scansion:any}", came no such attribute'],
    ],
    ["other text", "<a>hi</a>", "<a>ho</a>", ['a: expected the text "hi", came "ho"']],
    [
      "a missing element",
      user("<status code='110'/>"),
      user("<item/>"),
      ['presence/x: missing element <status code="110">'],
    ],
    [
      "one child where two are wanted",
      user("<status code='110'/><status code='110'/>"),
      user("<status code='110'/>"),
      ['presence/x: missing element <status code="110">'],
    ],
    [
      "another namespace",
      "<presence><x xmlns='a'/></presence>",
      "<presence><x xmlns='b'/></presence>",
      ['presence: missing element <x xmlns="a">'],
    ],
    [
      "no namespace where the outer one is not the stream's",
      "<iq><query xmlns='a'><item/></query></iq>",
      "<iq><query xmlns='a'><item xmlns='jabber:client'/></query></iq>",
      ["iq/query: missing element <item>"],
    ],
    [
      "another kind of stanza",
      "<message/>",
      "<presence type='error'/>",
      ['expected <message>, came <presence type="error">'],
    ],
  ])("does not match with %s, and says so", (_what, template, received, expected) => {
    expect(differences(template, received)).toEqual(expected);
  });

  it("has the nearest of several by how much differs", () => {
    const template = parse(user("<item affiliation='owner' role='moderator'/>"));
    const distance = (received: string) => compare(template, parse(received)).distance;
    const inOrder = [
      user("<item affiliation='owner' role='moderator'/>"),
      user("<item affiliation='owner' role='none'/>"),
      user("<item/>"),
      "<presence/>",
      "<message/>",
    ].map(distance);
    expect(inOrder).toEqual([...new Set(inOrder)].sort((a, b) => a - b));
    expect(inOrder[0]).toBe(0);
  });

  it("captures attributes and text", () => {
    const template = parse("<iq id='{scansion:capture:id}'><a>{scansion:capture:the-text}</a></iq>");
    const { captures } = compare(template, parse("<iq id='7'><a>hi</a></iq>"));
    expect(Object.fromEntries(captures)).toEqual({ id: "7", "the-text": "hi" });
  });
});

describe("scansion:strict", () => {
  const strict = (content: string) => `<iq><x xmlns='a' scansion:strict='true'>${content}</x></iq>`;
  const plain = (content: string) => `<iq><x xmlns='a'>${content}</x></iq>`;

  it.each([
    [
      "a further attribute",
      strict("<item/>"),
      plain("<item nick='J'/>"),
      'iq/x/item@nick: unexpected attribute, came "J"',
    ],
    [
      "a further element",
      strict("<item/>"),
      plain("<item/><status code='307'/>"),
      'iq/x: unexpected element <status code="307">',
    ],
    [
      "a second element of the same kind",
      strict("<item/>"),
      plain("<item/><item/>"),
      "iq/x: unexpected element <item>",
    ],
    ["further text", strict("<item/>"), plain("<item/>hi"), 'iq/x: expected the text "", came "hi"'],
  ])("refuses %s, also below the element that has it", (_what, template, received, expected) => {
    expect(differences(template, received)).toEqual([expected]);
  });

  it("says nothing about what is around the element", () => {
    expect(differences(strict(""), "<iq id='1'><x xmlns='a'/><y/></iq>")).toEqual([]);
  });

  it("ends where it is 'false'", () => {
    expect(differences(strict("<b scansion:strict='false'/>"), plain("<b c='1'><d/></b>"))).toEqual([]);
  });

  it("of a stanza leaves a server its 'to' and 'xml:lang', and refuses the rest", () => {
    const template = "<message from='a' scansion:strict='true'/>";
    expect(differences(template, "<message from='a' to='b' xml:lang='en'/>")).toEqual([]);
    expect(differences(template, "<message from='a' id='1'/>")).toEqual([
      'message@id: unexpected attribute, came "1"',
    ]);
  });

  it("refuses a 'to' of an element inside a stanza", () => {
    expect(differences(strict(""), "<iq><x xmlns='a' to='b'/></iq>")).toHaveLength(1);
  });
});
