import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseScript, ScriptError } from "../../dev/scansion/parse.ts";

const CLIENTS = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: secret\n";

function errorOf(text: string): string {
  try {
    parseScript(text);
  } catch (error) {
    if (error instanceof ScriptError) return `${error.line}: ${error.message}`;
    throw error;
  }
  return "no error";
}

describe("a script", () => {
  it("has clients, actions and a clean-up, each with its line", () => {
    const script = parseScript(
      `# A title\n\n${CLIENTS}\n[Client] Juliet's phone\n  password: b\n  jid: juliet@localhost/phone\n\n---------\n
Romeo connects
Juliet's phone connects
# said aloud
Romeo sends:
\t<message to='juliet@localhost'>

\t\t<body>a

\t\tb</body>
\t</message>
Juliet's phone receives:
\t<message/>
Romeo receives nothing
-----
Romeo disconnects
`,
    );
    expect(script.clients).toEqual([
      { name: "Romeo", jid: "romeo@localhost", password: "secret" },
      { name: "Juliet's phone", jid: "juliet@localhost/phone", password: "b" },
    ]);
    const xml = "<message to='juliet@localhost'>\n\n\t\t<body>a\n\n\t\tb</body>\n\t</message>";
    expect(script.actions).toEqual([
      { line: 13, client: "Romeo", kind: "connects" },
      { line: 14, client: "Juliet's phone", kind: "connects" },
      { line: 16, client: "Romeo", kind: "sends", xml },
      { line: 23, client: "Juliet's phone", kind: "receives", xml: "<message/>" },
      { line: 25, client: "Romeo", kind: "receives nothing" },
    ]);
    expect(script.cleanUp).toEqual([{ line: 27, client: "Romeo", kind: "disconnects" }]);
  });

  it("may have Windows line ends, a byte order mark, and an apostrophe of a placeholder in single quotes", () => {
    const text = `\uFEFF${CLIENTS}-----\nRomeo sends:\n\t<iq to='\${Romeo's full JID}'/>\n`.replaceAll(
      "\n",
      "\r\n",
    );
    expect(parseScript(text).actions).toHaveLength(1);
  });

  it.each([
    ["no rule", CLIENTS, /^1: a line of -----/],
    ["three rules", `${CLIENTS}-----\n-----\n-----\n`, /^6: there are at most two/],
    ["a client without a jid", "[Client] Romeo\n\tpassword: x\n-----\n", /^1: the client Romeo has no jid/],
    ["a client with a bad jid", "[Client] Romeo\n\tjid: localhost\n-----\n", /^1: the jid of Romeo is not/],
    ["two clients of one name", `${CLIENTS}${CLIENTS}-----\n`, /^4: there are two clients of the name Romeo/],
    ["an unknown key", `${CLIENTS}\tport: 1\n-----\n`, /^4: unknown key port/],
    ["something else among the clients", "hello\n-----\n", /^1: neither/],
    ["an unknown action", `${CLIENTS}-----\n\nRomeo sings\n`, /^6: not an action: Romeo sings/],
    ["an unknown client", `${CLIENTS}-----\nTybalt connects\n`, /^5: there is no client Tybalt/],
    [
      "an unknown client's JID",
      `${CLIENTS}-----\nRomeo sends:\n\t<iq to="\${Tybalt's JID}"/>\n`,
      /^5: there is no client Tybalt/,
    ],
    ["no stanza", `${CLIENTS}-----\nRomeo sends:\nRomeo connects\n`, /^5: a stanza must follow/],
    ["a broken stanza", `${CLIENTS}-----\nRomeo sends:\n\t<iq>\n`, /^5: the stanza is not well-formed/],
    [
      "two stanzas",
      `${CLIENTS}-----\nRomeo sends:\n\t<iq/>\n\t<iq/>\n`,
      /^5: something follows the end of <iq>/,
    ],
  ])("with %s is refused with its line", (_what, text, message) => {
    expect(errorOf(text)).toMatch(message);
  });
});

const SEEDS = join(import.meta.dirname, "seeds");

describe("scripts written for other services", () => {
  it.each(["muc_register.scs", "muc_show_offline.scs"])("%s: every action is read, in its order", (name) => {
    const text = readFileSync(join(SEEDS, name), "utf8");
    const written = text.match(/^[A-Z]\w+ (connects|sends|receives)/gm);
    const read = parseScript(text).actions.map(({ client, kind }) => `${client} ${kind}`);
    expect(read).toEqual(written);
    expect(read.length).toBeGreaterThan(50);
  });
});
