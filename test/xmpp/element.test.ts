import xml from "@xmpp/xml";
import { describe, expect, it } from "vitest";
import {
  child,
  children,
  childText,
  Element,
  namespaceOf,
  parse,
  serialize,
  sizeOf,
} from "../../src/xmpp/element.ts";

/** A stanza as the parser of a component stream gives it: a child of the stream's own element. */
function received(xml: string): Element {
  const stream = parse(
    `<stream:stream xmlns="jabber:component:accept" xmlns:stream="http://etherx.jabber.org/streams">${xml}</stream:stream>`,
  );
  const [stanza] = stream.getChildElements();
  if (!stanza) throw new Error("no stanza");
  return stanza;
}

const first = (parent: Element): Element => parent.getChildElements()[0] ?? parent;

function nested(depth: number): Element {
  const root = new Element("message");
  let innermost = root;
  for (let level = 0; level < depth; level++) {
    const next = new Element("a");
    next.parent = innermost;
    innermost.children.push(next);
    innermost = next;
  }
  return root;
}

it("parses a document into elements of the class that streams give", () => {
  expect(parse("<a/>")).toBeInstanceOf(Element);
  const parser = new xml.Parser();
  const received: unknown[] = [];
  parser.on("element", (element) => received.push(element));
  parser.write("<stream><a/>");
  expect(received).toEqual([expect.any(Element)]);
});

describe("namespaces", () => {
  it.each(["jabber:client", "jabber:server", "jabber:component:accept"])(
    "%s is the stream's own",
    (xmlns) => {
      expect(namespaceOf(parse(`<message xmlns="${xmlns}"/>`))).toBe("jabber:client");
    },
  );

  it("of children come from their parents, or by prefix", () => {
    const stanza = received('<iq><query xmlns="urn:a"><item/></query><b:query xmlns:b="urn:b"/></iq>');
    expect(namespaceOf(stanza)).toBe("jabber:client");
    expect(namespaceOf(first(first(stanza)))).toBe("urn:a");
    expect(child(stanza, "query", "urn:b")?.name).toBe("b:query");
  });

  it("tell children of the same name apart", () => {
    const stanza = received(
      '<message><x xmlns="urn:a">1</x><x xmlns="urn:b">2</x><x xmlns="urn:b">3</x><x/></message>',
    );
    expect(child(stanza, "x", "urn:b")?.getText()).toBe("2");
    expect(children(stanza, "x", "urn:b").map((el) => el.getText())).toEqual(["2", "3"]);
    expect(children(stanza, "x")).toHaveLength(1);
    expect(child(stanza, "x", "urn:c")).toBeUndefined();
  });

  it("childText reads a child of the parent's namespace only", () => {
    const stanza = received('<message><body xmlns="urn:a">no</body><body>yes</body></message>');
    expect(childText(stanza, "body")).toBe("yes");
    expect(childText(stanza, "subject")).toBeUndefined();
    const query = parse('<query xmlns="urn:a"><reason>why</reason></query>');
    expect(childText(query, "reason")).toBe("why");
  });
});

describe("serialize: namespaces", () => {
  it("does not repeat the stream's own", () => {
    expect(serialize(received('<message xmlns="jabber:client"><body>a</body></message>'))).toBe(
      "<message><body>a</body></message>",
    );
  });

  it("declares another one once", () => {
    const xml = '<x xmlns="urn:a"><item xmlns="urn:a"/><item/></x>';
    expect(serialize(parse(xml))).toBe('<x xmlns="urn:a"><item/><item/></x>');
  });

  it("declares the stream's own again inside of another (XEP-0297 section 3)", () => {
    const xml =
      '<message><forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:client"><body>a</body></message></forwarded></message>';
    expect(serialize(received(xml))).toBe(xml);
    expect(serialize(first(received(xml)))).toBe(xml.replace(/^<message>|<\/message>$/g, ""));
  });

  it("declares what an element has from a parent that is not written", () => {
    const query = first(received('<iq><query xmlns="urn:a"><item jid="b"/></query></iq>'));
    expect(serialize(first(query))).toBe('<item xmlns="urn:a" jid="b"/>');
  });

  it("keeps an element in no namespace out of its parent's", () => {
    const xml = '<x xmlns="urn:a"><y xmlns=""/></x>';
    expect(serialize(parse(xml))).toBe(xml);
  });
});

describe("serialize: prefixes, each of which would close the stream if it were not declared", () => {
  it("are declared where they are used when a parent that is not written declared them", () => {
    const stanza = received('<message xmlns:f="urn:f"><f:a f:b="1"><f:c/></f:a></message>');
    expect(serialize(first(stanza))).toBe('<f:a xmlns:f="urn:f" f:b="1"><f:c/></f:a>');
  });

  it("are declared for an attribute alone, and for every sibling", () => {
    const stanza = received('<message xmlns:f="urn:f"><a><b f:c="1"/><f:d/></a></message>');
    expect(serialize(first(stanza))).toBe('<a><b xmlns:f="urn:f" f:c="1"/><f:d xmlns:f="urn:f"/></a>');
  });

  it("are not declared twice", () => {
    const xml = '<f:a xmlns:f="urn:f"><f:b/></f:a>';
    expect(serialize(first(received(`<message xmlns:f="urn:other">${xml}</message>`)))).toBe(xml);
  });

  it("of the stream are declared too", () => {
    expect(serialize(first(received("<message><stream:error/></message>")))).toBe(
      '<stream:error xmlns:stream="http://etherx.jabber.org/streams"/>',
    );
  });

  it("that nobody declared are taken away", () => {
    expect(serialize(parse('<f:a g:b="1" c="2"><f:d/></f:a>'))).toBe('<a c="2"><d/></a>');
  });

  it("xml:lang needs none", () => {
    const xml = '<body xml:lang="en">a</body>';
    expect(serialize(parse(xml))).toBe(xml);
  });
});

describe("serialize: text", () => {
  it("lets no control character and no lone surrogate through", () => {
    const element = new Element("body", { id: "a\0\uD800" });
    element.children.push("b\u0001\uDFFF");
    expect(serialize(element)).toBe('<body id="a\uFFFD\uFFFD">b\uFFFD\uFFFD</body>');
  });

  it("escapes markup, and keeps the order of text and elements", () => {
    const xml = `<p a="&quot;'&lt;">1 &lt; 2<b/>&amp;amp;<i>3</i>4</p>`;
    expect(serialize(parse(xml))).toBe(xml);
  });

  it("leaves out attributes that are undefined", () => {
    expect(serialize(new Element("a", { b: undefined, c: "" }))).toBe('<a c=""/>');
  });
});

describe("an element nested deeper than calls can be", () => {
  it("is written", () => {
    const depth = 50_000;
    expect(serialize(nested(depth))).toBe(
      `<message>${"<a>".repeat(depth - 1)}<a/>${"</a>".repeat(depth - 1)}</message>`,
    );
  });

  it("is measured", () => expect(sizeOf(nested(50_000))).toBeGreaterThan(50_000 * 7));
});

it("sizeOf counts bytes of UTF-8 in text and attributes, and all descendants", () => {
  const plain = sizeOf(parse('<a b="x"><c>x</c></a>'));
  expect(sizeOf(parse('<a b="é"><c>x</c></a>'))).toBe(plain + 1);
  expect(sizeOf(parse('<a b="x"><c>😀</c></a>'))).toBe(plain + 3);
  expect(sizeOf(parse('<a b="x"><c>x</c><d/></a>'))).toBeGreaterThan(plain);
});

it("sizeOf counts what is escaped as servers escape it", () => {
  const plain = sizeOf(parse('<a b="x"><c>x</c></a>'));
  expect(sizeOf(parse(`<a b="'"><c>x</c></a>`))).toBe(plain + 5);
  expect(sizeOf(parse(`<a b="x"><c>></c></a>`))).toBe(plain + 3);
});

it.each([
  ["prefixes", `xmlns:p="urn:${"p".repeat(1000)}"`, "<p:a/>"],
  ["prefixes of attributes, deep inside", `xmlns:p="urn:${"p".repeat(1000)}"`, '<a><b p:c="1"/></a>'],
])("sizeOf counts declarations as often as they are written: of %s", (_what, declaration, content) => {
  const stanza = received(`<message ${declaration}>${content.repeat(50)}</message>`);
  const written = stanza.getChildElements().map(serialize).join("");
  expect(written.length).toBeGreaterThan(50_000);
  expect(sizeOf(stanza)).toBeGreaterThan(written.length);
});

it("XML 1.0 2.4: what a parser gives in parts makes no end of a CDATA section", () => {
  const text = serialize(received("<message><body>]]<![CDATA[>]]></body></message>"));
  expect(text).toBe("<message><body>]]&gt;</body></message>");
});
