// src/xmpp/stringprep.ts agrees with the libraries of Prosody and ejabberd, for every code point and for strings.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasUnassigned, nameprep, nodeprep, resourceprep } from "../../src/xmpp/stringprep.ts";

/** Reads names in hexadecimal, one per line, and writes a line of answers for each; "-" for a refusal. */
const PROSODY = `
package.cpath = "/usr/lib/prosody/?.so;" .. package.cpath
local prep = require "util.encodings".stringprep
local function hex(s) return s and (s:gsub(".", function (c) return ("%02x"):format(c:byte()) end)) or "-" end
for line in io.lines(arg[1]) do
  local name = line:gsub("..", function (h) return string.char(tonumber(h, 16)) end)
  print(hex(prep.nodeprep(name)) .. "\\t" .. hex(prep.resourceprep(name)) .. "\\t" .. hex(prep.nameprep(name)))
end
`;
const EJABBERD = `
-module(prep).
-export([main/1]).
hex(error) -> "-";
hex(Name) -> string:lowercase(binary:encode_hex(Name)).
main(File) ->
  {ok, _} = application:ensure_all_started(stringprep),
  {ok, Names} = file:read_file(File),
  Answers = [begin
    Name = binary:decode_hex(Line),
    [hex(stringprep:nodeprep(Name)), "\\t", hex(stringprep:resourceprep(Name)), "\\t", hex(stringprep:nameprep(Name)), "\\n"]
  end || Line <- binary:split(Names, <<"\\n">>, [global, trim_all])],
  file:write_file(File ++ ".answers", Answers),
  halt().
`;

/** Characters of every kind in the profiles. ICU knows the direction of some that Unicode 3.2 does not have. */
const KINDS = [..."aZ1 /@ßσΣςıİéＡﬁ²אבا٣ᎠႠӀ♥🤷\u0301\u00ad\u200d\u00a0\u1680"];

/** Returns every code point that a stream may contain, then strings of `KINDS`. */
function names(): string[] {
  const all: string[] = [];
  for (let point = 0x20; point <= 0x10ffff; point++)
    if (point < 0xd800 || point > 0xdfff) all.push(String.fromCodePoint(point));
  let state = 1;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  for (let count = 0; count < 50_000; count++)
    all.push(Array.from({ length: 2 + (random() % 4) }, () => KINDS[random() % KINDS.length]).join(""));
  return all;
}

type Answers = readonly (string | undefined)[];

const read = (text: string): Answers[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) =>
      line.split("\t").map((hex) => Buffer.from(hex.replace("-", ""), "hex").toString() || undefined),
    );

describe("the stringprep profiles", () => {
  const all = names();
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "verona-stringprep-"));
    file = join(folder, "names");
    writeFileSync(file, all.map((name) => Buffer.from(name).toString("hex")).join("\n"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Returns the names for which the answers differ from ours. */
  function differing(answers: readonly Answers[], refusesUnassigned: boolean): string[] {
    expect(answers.length).toBe(all.length);
    return all.filter((name, index) => {
      const refused = refusesUnassigned && hasUnassigned(name);
      const ours = refused
        ? [undefined, undefined, undefined]
        : [nodeprep(name), resourceprep(name), nameprep(name)];
      return ours.some((own, place) => own !== answers[index]?.[place]);
    });
  }

  test("are those of Prosody", () => {
    const script = join(folder, "prep.lua");
    writeFileSync(script, PROSODY);
    const output = execFileSync("lua5.4", [script, file], { encoding: "utf8", maxBuffer: 1e9 });
    expect(differing(read(output), false)).toEqual([]);
  });

  test("are those of ejabberd, which refuses what Unicode 3.2 does not have", () => {
    writeFileSync(join(folder, "prep.erl"), EJABBERD);
    execFileSync("erlc", ["prep.erl"], { cwd: folder });
    const env = { ...process.env, ERL_LIBS: "/usr/lib/x86_64-linux-gnu" };
    execFileSync("erl", ["-noinput", "-pa", folder, "-eval", `prep:main(${JSON.stringify(file)}).`], {
      cwd: folder,
      env,
    });
    // ejabberd's library leaves a capital C in U+33C6.
    expect(differing(read(readFileSync(`${file}.answers`, "utf8")), true)).toEqual(["\u33c6"]);
  });
});
