import { describe, expect, it } from "vitest";
import { parseScript } from "../../dev/scansion/parse.ts";
import { fill, mapDomains, write } from "../../dev/scansion/template.ts";
import { parse } from "../../src/xmpp/element.ts";

const values = {
  jids: new Map([
    ["Romeo", "romeo@localhost"],
    ["Romeo's phone", "romeo@localhost/phone"],
  ]),
  fullJids: new Map([["Romeo", 'romeo@localhost/O\'Neill & "sons"']]),
  captures: new Map([["stamp", "<1>"]]),
};

describe("a placeholder", () => {
  it("is a client's bare or full JID or a captured value, whatever markup it holds", () => {
    const xml = `<a b="\${Romeo's JID}" c='\${Romeo's full JID}' d="\${stamp}">\${Romeo's phone's JID}</a>`;
    const element = fill(xml, values);
    expect({ ...element.attrs, text: element.getText() }).toEqual({
      b: "romeo@localhost",
      c: 'romeo@localhost/O\'Neill & "sons"',
      d: "<1>",
      text: "romeo@localhost",
    });
  });

  it("is the full JID that the script gives where the server has given none", () => {
    expect(fill(`<a>\${Romeo's phone's full JID}</a>`, values).getText()).toBe("romeo@localhost/phone");
  });

  it.each([
    ["a value that was not captured", `<a>\${other}</a>`, /nothing was captured as other/],
    ["an unknown client", `<a>\${Tybalt's JID}</a>`, /there is no client Tybalt/],
  ])("is refused for %s", (_what, xml, message) => {
    expect(() => fill(xml, values)).toThrow(message);
  });

  it("is refused for the full JID of somebody who never connected", () => {
    expect(() => fill(`<a>\${Romeo's full JID}</a>`, { ...values, fullJids: new Map() })).toThrow(
      /has not connected/,
    );
  });
});

describe("what is sent", () => {
  it("keeps every namespace, and drops the marks for the runner", () => {
    const xml =
      '<forwarded xmlns="urn:xmpp:forward:0" scansion:strict=\'true\'><message xmlns="jabber:client"><body a="&#10;">&lt;hi></body></message></forwarded>';
    expect(write(parse(xml))).toBe(xml.replace(" scansion:strict='true'", ""));
  });
});

describe("mapped domains", () => {
  const script = parseScript(`[Client] Romeo
\tjid: localhost@localhost
\tpassword: localhost
-----
Romeo sends:
\t<presence to="room@conference.localhost/Romeo"><x xmlns="http://localhost/a"/><y jid='localhost' b='my-localhost'/></presence>
-----
Romeo sends:
\t<iq to='localhost'/>
`);

  it("take the place of whole domains in JIDs and stanzas, not of namespaces and passwords", () => {
    const mapped = mapDomains(script, new Map([["localhost", "example.org"]]));
    expect(mapped.clients[0]).toMatchObject({ password: "localhost" });
    expect(mapped.clients[0]?.jid).toMatch(/@example\.org$/);
    expect(mapped.actions[0]).toMatchObject({
      xml: `<presence to="room@conference.localhost/Romeo"><x xmlns="http://localhost/a"/><y jid='example.org' b='my-localhost'/></presence>`,
    });
    expect(mapped.cleanUp[0]).toMatchObject({ xml: "<iq to='example.org'/>" });
  });

  it("may be several, each replaced once", () => {
    const domains = new Map([
      ["localhost", "conference.localhost"],
      ["conference.localhost", "rooms.example.org"],
    ]);
    expect(mapDomains(script, domains).actions[0]).toMatchObject({
      xml: expect.stringContaining(`to="room@rooms.example.org/Romeo"`),
    });
    expect(mapDomains(script, domains).cleanUp[0]).toMatchObject({ xml: "<iq to='conference.localhost'/>" });
  });
});
