// Who can speak as a node: the seals of messages.
import { describe, expect, test } from "vitest";
import { nodeOfAddress } from "../../src/cluster/node-address.ts";
import { NodeEnvelope } from "../../src/cluster/node-envelope.ts";
import { type Element, parse, serialize } from "../../src/xmpp/element.ts";

const DOMAIN = "chat.example";
const node = (name: string, settings: { domain?: string; secret?: string } = {}): NodeEnvelope =>
  new NodeEnvelope({ name, domain: DOMAIN, secret: "secret", ...settings });

/** Returns what n1 sends to n2, with other attributes. */
function sent(attrs: Record<string, string> = {}): Element {
  const stanza = parse(node("n1").wrap("n2", `<forward xmlns="urn:test"/>`));
  Object.assign(stanza.attrs, attrs);
  return stanza;
}

describe("an envelope", () => {
  test("is opened by its recipient, and by its sender if it comes back", () => {
    const arrived = node("n2").open(sent());
    expect(arrived).toMatchObject({ kind: "message", from: "n1" });
    const returned = node("n1").open(sent({ type: "error", from: "n2.chat.example", to: "n1.chat.example" }));
    expect(returned).toMatchObject({ kind: "returned", to: "n2" });
    for (const arrival of [arrived, returned])
      expect("message" in arrival && serialize(arrival.message)).toBe(`<forward xmlns="urn:test"/>`);
  });

  test.each([
    ["an error that claims to come from its recipient's peer", sent({ type: "error" })],
    ["a copy with another sender", sent({ from: "n3.chat.example" })],
    ["one of another service", parse(node("n1", { secret: "other" }).wrap("n2", "<forward/>"))],
    ["one without content", parse(`<message from="n1.chat.example" to="n2.chat.example"/>`)],
    ["one without a message", parse(node("n1").wrap("n2", ""))],
  ])("is not sealed: %s", (_what, stanza) => {
    expect(node("n2").open(stanza)).toEqual({ kind: "unsealed", from: expect.any(String) });
  });

  test("for one node is not opened by another one that it is copied to", () => {
    expect(node("n3").open(sent({ to: "n3.chat.example" }))).toEqual({ kind: "unsealed", from: "n1" });
  });

  test.each([
    "user@chat.example",
    "user@n1.chat.example",
    "n1.chat.example/x",
    "chat.example",
    ".chat.example",
    "a.n1.chat.example",
    "n1.chat.example.org",
    "N1.chat.example",
    "n1xchat.example",
    "",
  ])("is foreign if it comes from %o", (from) => {
    expect(nodeOfAddress(from, DOMAIN)).toBeUndefined();
    expect(node("n2").open(sent({ from }))).toEqual({ kind: "foreign" });
  });

  test("has the same seal after those of many other nodes", () => {
    const receiver = node("n2");
    for (let count = 0; count < 3_000; count += 1)
      expect(receiver.open(sent({ from: `m${count}.chat.example` })).kind).toBe("unsealed");
    expect(receiver.open(sent()).kind).toBe("message");
  });
});
