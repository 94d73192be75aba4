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

/** Returns a stanza as the parser of a component stream does: as a child of the stream element. */
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

it("parses a document into elements of the same class as those of streams", () => {
  expect(parse("<a/>")).toBeInstanceOf(Element);
  const parser = new xml.Parser();
  const received: unknown[] = [];
  parser.on("element", (element) => received.push(element));
  parser.write("<stream><a/>");
  expect(received).toEqual([expect.any(Element)]);
});

describe("namespaces", () => {
  it.each(["jabber:client", "jabber:server", "jabber:component:accept"])(
    "%s is the namespace of the stream",
    (xmlns) => {
      expect(namespaceOf(parse(`<message xmlns="${xmlns}"/>`))).toBe("jabber:client");
    },
  );

  it("of children are inherited from parents or set by prefix", () => {
    const stanza = received('<iq><query xmlns="urn:a"><item/></query><b:query xmlns:b="urn:b"/></iq>');
    expect(namespaceOf(stanza)).toBe("jabber:client");
    expect(namespaceOf(first(first(stanza)))).toBe("urn:a");
    expect(child(stanza, "query", "urn:b")?.name).toBe("b:query");
  });

  it("distinguish children of the same name", () => {
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
  it("does not repeat the stream's namespace", () => {
    expect(serialize(received('<message xmlns="jabber:client"><body>a</body></message>'))).toBe(
      "<message><body>a</body></message>",
    );
  });

  it("declares another namespace once", () => {
    const xml = '<x xmlns="urn:a"><item xmlns="urn:a"/><item/></x>';
    expect(serialize(parse(xml))).toBe('<x xmlns="urn:a"><item/><item/></x>');
  });

  it("declares the stream's namespace again inside another (XEP-0297 section 3)", () => {
    const xml =
      '<message><forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:client"><body>a</body></message></forwarded></message>';
    expect(serialize(received(xml))).toBe(xml);
    expect(serialize(first(received(xml)))).toBe(xml.replace(/^<message>|<\/message>$/g, ""));
  });

  it("declares a namespace that is inherited from a parent outside the text", () => {
    const query = first(received('<iq><query xmlns="urn:a"><item jid="b"/></query></iq>'));
    expect(serialize(first(query))).toBe('<item xmlns="urn:a" jid="b"/>');
  });

  it("keeps an element without namespace out of its parent's", () => {
    const xml = '<x xmlns="urn:a"><y xmlns=""/></x>';
    expect(serialize(parse(xml))).toBe(xml);
  });
});

describe("serialize: prefixes, which would close the stream if undeclared", () => {
  it("are declared where used if only a parent outside the text declares them", () => {
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

  it("are removed if undeclared", () => {
    expect(serialize(parse('<f:a g:b="1" c="2"><f:d/></f:a>'))).toBe('<a c="2"><d/></a>');
  });

  it("xml:lang needs no declaration", () => {
    const xml = '<body xml:lang="en">a</body>';
    expect(serialize(parse(xml))).toBe(xml);
  });
});

describe("serialize: text", () => {
  it("replaces control characters and lone surrogates", () => {
    const element = new Element("body", { id: "a\0\uD800" });
    element.children.push("b\u0001\uDFFF");
    expect(serialize(element)).toBe('<body id="a\uFFFD\uFFFD">b\uFFFD\uFFFD</body>');
  });

  it("escapes markup, and keeps the order of text and elements", () => {
    const xml = `<p a="&quot;'&lt;">1 &lt; 2<b/>&amp;amp;<i>3</i>4</p>`;
    expect(serialize(parse(xml))).toBe(xml);
  });

  it("omits undefined attributes", () => {
    expect(serialize(new Element("a", { b: undefined, c: "" }))).toBe('<a c=""/>');
  });
});

describe("an element nested deeper than the call stack", () => {
  it("is serialized", () => {
    const depth = 50_000;
    expect(serialize(nested(depth))).toBe(
      `<message>${"<a>".repeat(depth - 1)}<a/>${"</a>".repeat(depth - 1)}</message>`,
    );
  });

  it("is measured", () => expect(sizeOf(nested(50_000))).toBeGreaterThan(50_000 * 7));
});

it("sizeOf counts the UTF-8 bytes of text, attributes and all descendants", () => {
  const plain = sizeOf(parse('<a b="x"><c>x</c></a>'));
  expect(sizeOf(parse('<a b="é"><c>x</c></a>'))).toBe(plain + 1);
  expect(sizeOf(parse('<a b="x"><c>😀</c></a>'))).toBe(plain + 3);
  expect(sizeOf(parse('<a b="x"><c>x</c><d/></a>'))).toBeGreaterThan(plain);
});

it("sizeOf counts escapes as servers write them", () => {
  const plain = sizeOf(parse('<a b="x"><c>x</c></a>'));
  expect(sizeOf(parse(`<a b="'"><c>x</c></a>`))).toBe(plain + 5);
  expect(sizeOf(parse(`<a b="x"><c>></c></a>`))).toBe(plain + 3);
});

it.each([
  ["prefixes", `xmlns:p="urn:${"p".repeat(1000)}"`, "<p:a/>"],
  ["prefixes of attributes, deep inside", `xmlns:p="urn:${"p".repeat(1000)}"`, '<a><b p:c="1"/></a>'],
])("sizeOf counts each declaration that serialize writes: of %s", (_what, declaration, content) => {
  const stanza = received(`<message ${declaration}>${content.repeat(50)}</message>`);
  const written = stanza.getChildElements().map(serialize).join("");
  expect(written.length).toBeGreaterThan(50_000);
  expect(sizeOf(stanza)).toBeGreaterThan(written.length);
});

it("XML 1.0 2.4: text that a parser delivers in parts cannot form the end of a CDATA section", () => {
  const text = serialize(received("<message><body>]]<![CDATA[>]]></body></message>"));
  expect(text).toBe("<message><body>]]&gt;</body></message>");
});
