import { describe, expect, test } from "vitest";
import { Atom, readTerm, TermSyntaxError, Tuple } from "../../src/transfer/ejabberd/term.ts";

const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

describe("the reader of Erlang terms", () => {
  test("reads them as ~p writes them", () => {
    const text = utf8(
      String.raw`{a_b,'C d',[1,-2.5e3|x],<<"é \"q\"\n\x41\101">>,<<195,169>>,<<>>,<<"long "
         "binary">>,"hé",<0.12.3>,#Ref<0.1.2.3>,#{k => <<"v">>}}.`,
    );
    expect(readTerm(text)).toEqual(
      new Tuple([
        new Atom("a_b"),
        new Atom("C d"),
        [1, -2500, new Atom("x")],
        'é "q"\nAA',
        "é",
        "",
        "long binary",
        [0x68, 0xc3, 0xa9],
        undefined,
        undefined,
        [new Atom("k"), "v"],
      ]),
    );
  });

  test.each([
    ["a call", "os:cmd(true)."],
    ["a term without its dot", "{a}"],
    ["two terms", "a. b."],
    ["unterminated text", '<<"a'],
    ["a tuple without its end", "{a, "],
    ["depth without end", "[".repeat(100_000)],
  ])("takes %s for no term", (_what, text) => {
    expect(() => readTerm(text)).toThrow(TermSyntaxError);
  });
});
