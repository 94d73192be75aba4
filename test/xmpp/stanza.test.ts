import { describe, expect, it } from "vitest";
import { parse } from "../../src/xmpp/element.ts";
import { refuseAddress } from "../../src/xmpp/stanza.ts";

const refused = (xml: string): string | undefined => refuseAddress(parse(xml));
const MALFORMED =
  '<jid-malformed xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>' +
  '<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">This is not a valid address</text>';

describe("RFC 6120 8.3.3.8 a stanza to an invalid address", () => {
  it.each(["presence", "message", "iq"])("a %s gets jid-malformed with its id", (kind) => {
    expect(refused(`<${kind} id="1" from="a@b/c" to="coven@chat.example/\u3164"/>`)).toBe(
      `<${kind} type="error" from="coven@chat.example/\u3164" to="a@b/c" id="1">` +
        `<error type="modify" by="coven@chat.example">${MALFORMED}</error></${kind}>`,
    );
  });

  it.each([
    '<message type="error" from="a@b" to="@"/>',
    '<iq type="result" from="a@b" to="@"/>',
    '<message from="@" to="@"/>',
    '<message from="a@b"/>',
    '<other from="a@b" to="@"/>',
  ])("%s gets no reply", (xml) => expect(refused(xml)).toBeUndefined());
});
