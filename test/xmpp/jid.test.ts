import { describe, expect, it } from "vitest";
import {
  accountOf,
  bareOf,
  nicknameKey,
  normalizeLocal,
  normalizeResource,
  parseJid,
  prepareJid,
  prepareResource,
} from "../../src/xmpp/jid.ts";

describe("the parts of an address (RFC 7622 section 3.1)", () => {
  it.each([
    ["juliet@example.com", "juliet", "example.com", undefined],
    ["juliet@example.com/foo", "juliet", "example.com", "foo"],
    ["juliet@example.com/foo bar", "juliet", "example.com", "foo bar"],
    ["juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"],
    ["example.com", undefined, "example.com", undefined],
    ["example.com/foobar", undefined, "example.com", "foobar"],
    ["a.example.com/b@example.net", undefined, "a.example.com", "b@example.net"],
    ["a.example.com/b/c", undefined, "a.example.com", "b/c"],
    ["foo\\20bar@example.com", "foo\\20bar", "example.com", undefined],
    ["user@[2001:db8::1]/x", "user", "[2001:db8::1]", "x"],
    ["user@192.0.2.1", "user", "192.0.2.1", undefined],
  ])("%j", (text, local, domain, resource) => {
    const bare = local === undefined ? domain : `${local}@${domain}`;
    const full = resource === undefined ? bare : `${bare}/${resource}`;
    expect(parseJid(text)).toEqual({ local, domain, resource, bare, full });
  });
});

describe("invalid addresses", () => {
  it.each([
    "",
    "@",
    "/",
    "@example.com",
    "juliet@",
    "juliet@/foo",
    "/foo",
    "juliet@example.com/",
    "example.com/",
    "a@b@example.com",
    `"juliet"@example.com`,
    "foo bar@example.com",
    "juliet@exa mple.com",
    "juliet@example..com",
    "juliet@.example.com",
    "juliet@example.com..",
    "juliet@example.com:5222",
    "juliet@[2001:db8::1",
    "juliet@[example]:1",
    "juliet@<example.com>",
  ])("%j", (text) => expect(parseJid(text)).toBeUndefined());
});

it("an address in plain ASCII is as normalization leaves it (RFC 7622 sections 3.3 and 3.4)", () => {
  for (let code = 0; code < 128; code += 1) {
    const part = `a${String.fromCharCode(code)}b`;
    expect(parseJid(`example.com/${part}`)?.resource).toBe(normalizeResource(part));
    if (part !== "a/b") expect(parseJid(`${part}@example.com`)?.local).toBe(normalizeLocal(part));
  }
});

it("a part has at most 1023 bytes of UTF-8", () => {
  expect(parseJid(`${"a".repeat(1023)}@example.com`)).toBeDefined();
  expect(parseJid(`${"a".repeat(1024)}@example.com`)).toBeUndefined();
  expect(parseJid(`a@${"b".repeat(1024)}`)).toBeUndefined();
  expect(normalizeResource("é".repeat(511))).toBeDefined();
  expect(normalizeResource("é".repeat(512))).toBeUndefined();
});

describe("localpart (section 3.3)", () => {
  it.each([
    ["upper case", "JuLiEt", "juliet"],
    ["upper case beyond ASCII", "ÉΔЖ", "éδж"],
    ["fullwidth letters", "ｊｕｌｉｅｔ", "juliet"],
    ["a decomposed accent", "E\u0301", "é"],
  ])("%s is normalized", (_what, text, normalized) => {
    expect(normalizeLocal(text)).toBe(normalized);
  });

  it.each([
    '"',
    "&",
    "'",
    "/",
    ":",
    "<",
    ">",
    "@",
    "＠",
    " ",
    "\u00A0",
    "\u3000",
    "\t",
    "\0",
    "\u007F",
    "\u0085",
  ])("must not have %j", (char) => expect(normalizeLocal(`a${char}b`)).toBeUndefined());

  it.each(["\uD800", "\uDC00", "\u200B", "\u200D", "\u202E", "\u00AD", "\uFEFF", "\uE000", "\uFFFF"])(
    "must not have the invisible character %j",
    (char) => expect(normalizeLocal(`a${char}b`)).toBeUndefined(),
  );
});

describe("domainpart (section 3.2)", () => {
  it.each([
    ["EXAMPLE.com", "example.com"],
    ["example.com.", "example.com"],
    ["ＥＸＡＭＰＬＥ．com", "example.com"],
    ["BÜCHER.example", "bücher.example"],
    ["bu\u0308cher.example", "bücher.example"],
  ])("%j is normalized to %j", (text, domain) => expect(parseJid(text)?.domain).toBe(domain));

  it.each(["\uD800", "\u200B", "\u0085", "／", "…"])("must not have %j", (char) => {
    expect(parseJid(`juliet@ex${char}.com`)).toBeUndefined();
  });
});

describe("resourcepart (section 3.4)", () => {
  it.each([
    ["keeps case", "Foo", "Foo"],
    ["keeps width", "Ｆｏｏ", "Ｆｏｏ"],
    ["is composed", "e\u0301", "é"],
    ["has ASCII spaces only", "a\u00A0b\u3000c", "a b c"],
    ["keeps markup", `<"&'>`, `<"&'>`],
  ])("%s", (_what, text, normalized) => expect(normalizeResource(text)).toBe(normalized));

  it.each([
    "\0",
    "\t",
    "\n",
    "\u007F",
    "\u0085",
    "\u0600",
    "\u2028",
    "\u2029",
    "\uFFF9",
    "\uD800",
    "\uDFFF",
    "\uE000",
    "\uFFFE",
  ])("must not have %j", (char) => expect(normalizeResource(`a${char}b`)).toBeUndefined());

  it.each([
    "\u200B",
    "\u200C",
    "\u200D",
    "\u200E",
    "\u202E",
    "\u2060",
    "\u00AD",
    "\uFE0F",
    "\uFEFF",
    "\u{E0061}",
  ])("must not have the invisible %j, which makes nicknames look the same", (char) => {
    expect(normalizeResource(`crone${char}1`)).toBeUndefined();
    expect(normalizeResource(`crone1${char}`)).toBeUndefined();
  });

  it.each(["👩‍👧", "❤️", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "می‌خواهم", "क्‍ष"])(
    "may have joiners with a visible effect, as in %s",
    (nick) => {
      expect(normalizeResource(nick)).toBe(nick);
    },
  );
});

it("normalization is idempotent for all characters", () => {
  const changed: string[] = [];
  for (let point = 0; point <= 0x1ffff; point++) {
    const char = String.fromCodePoint(point);
    for (const text of [`a${char}b@example.com`, `a${char}b.example`, `example.com/a${char}b`]) {
      const once = parseJid(text)?.full;
      if (once !== undefined && parseJid(once)?.full !== once) changed.push(text);
    }
  }
  expect(changed).toEqual([]);
});

it("the bare address ends at the first slash", () => {
  expect(bareOf("coven@chat.example.org/a/b@c")).toBe("coven@chat.example.org");
  expect(bareOf("coven@chat.example.org")).toBe("coven@chat.example.org");
});

describe("the key of an account is the same for all forms of its address (RFC 3920 appendix A, RFC 7622 section 3.3)", () => {
  it.each([
    ["a sharp s", "großmann@x.example", "grossmann@x.example"],
    ["a final sigma", "νίκος@x.example", "νίκοσ@x.example"],
    ["full width", "Ｊｕｌｉｅｔ@x.example", "juliet@x.example"],
    ["a superscript", "x²@x.example", "x2@x.example"],
    ["the resource", "großmann@x.example/ß", "grossmann@x.example"],
    ["a domain in ASCII", "a@xn--bcher-kva.example", "a@bücher.example"],
    ["a domain in capitals", "a@BÜCHER.example", "a@bücher.example"],
    ["a domain alone", "xn--bcher-kva.example", "bücher.example"],
  ])("%s", (_what, given, key) => {
    expect(parseJid(given)?.bare).toBe(key);
    expect(accountOf(key)).toBe(key);
  });

  it.each([
    ["a dotless i", "ıan@x.example", "ian@x.example"],
    ["a modifier letter that Unicode 3.2 does not have", "ᴬdmin@x.example", "admin@x.example"],
    ["a compatibility character that Unicode has changed since", "\u{2f868}@x.example", "\u{36fc}@x.example"],
    ["a domain of IDNA 2008 that IDNA 2003 does not have", "a@xn--strae-oqa.example", "a@strasse.example"],
    ["an accent", "jose@x.example", "josé@x.example"],
  ])("but differs for %s", (_what, a, b) => {
    expect(parseJid(a)?.bare).not.toBe(parseJid(b)?.bare);
  });

  it("is for comparison; stanzas go to the address as received from the server", () => {
    expect(parseJid("großmann@x.example/a")).toMatchObject({
      bare: "grossmann@x.example",
      full: "großmann@x.example/a",
    });
    // Unicode 3.2 has no lower case of this letter, and servers pass on only the capital.
    expect(parseJid("Ꭰ@x.example/a")?.full).toBe("Ꭰ@x.example/a");
  });

  it("is idempotent for all characters", () => {
    const changed: string[] = [];
    for (let point = 0x21; point <= 0x2ffff; point++) {
      const key = parseJid(`a${String.fromCodePoint(point)}b@example.com`)?.bare;
      if (key !== undefined && (accountOf(key) !== key || parseJid(key)?.bare !== key)) changed.push(key);
    }
    expect(changed).toEqual([]);
  });
});

describe("an address from a payload is prepared as servers do it (RFC 3920 section 3)", () => {
  it.each([
    ["GROßMANN@Straße.example/ﬁona", "grossmann@strasse.example/fiona"],
    ["νίκος@x.example", "νίκοσ@x.example"],
    ["component.example", "component.example"],
    ["🤷@x.example", "🤷@x.example"],
  ])("%s as %s", (given, full) => expect(prepareJid(given)?.full).toBe(full));

  it.each(["", "@x.example", "אa@x.example", "a@x.example/אa"])("%j is invalid", (text) =>
    expect(prepareJid(text)).toBeUndefined(),
  );
});

describe("a nickname from a payload gets a form that all servers pass on (RFC 3920 appendix B, RFC 7622 section 3.4)", () => {
  it.each([
    ["plain", "plain"],
    ["Ｊｕｌｉｅｔ", "Juliet"],
    ["ﬁona", "fiona"],
    ["x²", "x2"],
    ["❤️", "❤"],
    ["Straße", "Straße"],
    ["שלום", "שלום"],
    ["a\u00a0b", "a b"],
  ])("%s as %s", (given, nick) => expect(prepareResource(given)).toBe(nick));

  it.each(["🤷‍♂️", "🤷", "ᴬdmin", "אa", "محمد 1", "a\u200bb", ""])("%s has no such form", (nick) =>
    expect(prepareResource(nick)).toBeUndefined(),
  );

  it("both specifications leave the form unchanged for all characters", () => {
    const changed: string[] = [];
    for (let point = 0x21; point <= 0x2ffff; point++) {
      const nick = prepareResource(`a${String.fromCodePoint(point)}b`);
      const isStable =
        nick === undefined || (prepareResource(nick) === nick && normalizeResource(nick) === nick);
      if (!isStable) changed.push(nick ?? "");
    }
    expect(changed).toEqual([]);
  });
});

it("nicknames that servers treat as one have the same key", () => {
  expect(["x²", "ﬁona", "می\u200cخواهم", "א1"].map(nicknameKey)).toEqual(["x2", "fiona", "میخواهم", "א1"]);
});
