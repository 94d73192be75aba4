// Checks markup before it goes into a stream (RFC 6120 section 11.1).
import { expect, it } from "vitest";
import { isElements } from "../../src/xmpp/well-formed.ts";

it.each([
  "",
  "<body>hi</body>",
  "<a/><b x=\"1\" y='2'/>".replaceAll("'", '"'),
  '<a xmlns="urn:a"><p:b xmlns:p="urn:p" p:c="&lt;&#10;&#x1F600;">text &amp; more &gt;</p:b></a>',
  '<body xml:lang="de">größer 🤷‍♂️</body>',
  `${"<a>".repeat(10_000)}${"</a>".repeat(10_000)}`,
  "<a\n/>",
])("accepts elements: %.40s", (text) => expect(isElements(text)).toBe(true));

it.each([
  "text",
  "<a>",
  "</a>",
  "<a></b>",
  "<a/>text",
  "<a",
  "<a b=c/>",
  "<a b='1'/>",
  '<a b="1" b="2"/>',
  '<a b="<"/>',
  '<a b="&"/>',
  "<a>&nbsp;</a>",
  "<a>&</a>",
  "<a>&#0;</a>",
  "<a>&#xD800;</a>",
  "<a>&#1114112;</a>",
  "<a>]]></a>",
  "<a>\u0000</a>",
  "<a>\uD800</a>",
  "<p:a/>",
  '<a p:b="1"/>',
  '<a><b xmlns:p="urn:p"/><p:c/></a>',
  "<!-- c --><a/>",
  "<?pi?><a/>",
  "<![CDATA[x]]>",
  "<!DOCTYPE a><a/>",
  "<1/>",
  "< a/>",
])("refuses %j", (text) => expect(isElements(text)).toBe(false));

it("takes linear time for any text", () => {
  // Each of these is a megabyte; a quadratic check would take minutes and meet the time limit of the tests.
  for (const piece of ["<a", "<a b=", "x", "&", "<", '"', " ", "<a>", "&#", "<a \n", '<a b="', "]"])
    expect(isElements(piece.repeat(Math.ceil(1_000_000 / piece.length)))).toBe(false);
  const nested = Array.from({ length: 30_000 }, (_, n) => `<a xmlns:p${n}="urn:p" p${n}:b="">`).join("");
  expect(isElements(nested + "</a>".repeat(30_000))).toBe(true);
});
