// The messages between nodes as markup.
import { expect, test } from "vitest";
import { readMessage, writeMessage } from "../../src/cluster/message-xml.ts";
import type { NodeMessage } from "../../src/cluster/node-message.ts";
import { parse } from "../../src/xmpp/element.ts";
import { readStanza, type Stanza } from "../../src/xmpp/stanza.ts";

/** Reads markup as it arrives: in the namespace of a component's stream. */
const read = (markup: string) =>
  readMessage(
    parse(`<stream xmlns="jabber:component:accept">${markup}</stream>`).getChildElements()[0] as never,
  );

function stanzaOf(markup: string): Stanza {
  const stanza = readStanza(parse(markup));
  if (!stanza) throw new Error("not a stanza");
  return stanza;
}

const STANZA = `<message from="a@b/c" to="room@d" type="groupchat" id="1"><body>one &lt; two
&amp; three</body><x xmlns="urn:x"><y z="&quot;"/></x></message>`;
const place = { to: "7", slot: 255, stream: 3 };

test.each<NodeMessage<Stanza>>([
  { kind: "sync", ...place },
  { kind: "synced", ...place, handled: 12 },
  { kind: "serving", slots: [] },
  {
    kind: "serving",
    slots: [
      { slot: 0, epoch: 1 },
      { slot: 9, epoch: 300 },
    ],
  },
  { kind: "changed" },
  { kind: "confirm", id: 5 },
  { kind: "confirmed", id: 5 },
  { kind: "ask", id: 6, body: '{"text":"a < b & \\"c\\"\\n"}' },
  { kind: "answer", id: 6, body: "" },
])("$kind is read as it was written", (message) => {
  expect(read(writeMessage("42", message))).toEqual({ sender: "42", message });
});

test.each(["forward", "returned"] as const)("a stanza that is %s arrives as it was", (kind) => {
  const stanza = stanzaOf(STANZA);
  const sent = read(writeMessage("42", { kind, ...place, number: 0, stanza }));
  if (sent?.message.kind !== kind) throw new Error(`read ${JSON.stringify(sent)}`);
  const { stanza: received, ...rest } = sent.message;
  expect(rest).toEqual({ kind, ...place, number: 0 });
  const { element, ...facts } = received;
  const { element: sentElement, ...expected } = stanza;
  expect(facts).toEqual(expected);
  expect(element.attrs).toEqual(sentElement.attrs);
  expect(element.getChild("body")?.getText()).toBe("one < two\n& three");
  expect(element.getChild("x", "urn:x")?.getChild("y")?.attrs.z).toBe('"');
});

test.each([
  '<node-message sender="1" kind="other"/>',
  '<node-message kind="changed"/>',
  '<node-message sender="-1" kind="changed"/>',
  '<node-message sender="1" kind="serving" slots="256:1"/>',
  '<node-message sender="1" kind="serving" slots="1"/>',
  '<node-message sender="1" kind="sync" to="2" slot="1.5" stream="1"/>',
  '<node-message sender="1" kind="sync" slot="1" stream="1"/>',
  '<node-message sender="1" kind="forward" to="2" slot="1" stream="1" number="0"/>',
  '<node-message sender="1" kind="forward" to="2" slot="1" stream="1" number="0"><message from="@" to="a"/></node-message>',
  "<other/>",
])("%s is no message", (markup) => {
  expect(read(markup)).toBeUndefined();
});
