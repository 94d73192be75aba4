import { describe, expect, it } from "vitest";
import { Outbox } from "../../src/connection/outbox.ts";
import { type Oversize, SizeGuard } from "../../src/connection/size-guard.ts";
import { Effects } from "../../src/muc/model/effects.ts";
import { NO_RECORDS } from "../support/no-records.ts";

const LIMIT = 20_000;
const LONG = ">".repeat(LIMIT);
const SHORT = "<message to='a@b'><body>hail</body></message>";

/** Returns the written text of a room's output, and the oversize stanzas that the guard found. */
function written(say: (effects: Effects) => void): { text: string; found: Oversize[] } {
  let text = "";
  const found: Oversize[] = [];
  const sink = { write: (part: string) => (text += part), isFull: false };
  const faults = { failed: () => expect.fail(), unreadable: () => expect.fail() };
  const guard = new SizeGuard(LIMIT, (oversize) => found.push(oversize));
  const outbox = new Outbox({ ...NO_RECORDS, commit() {} }, sink, faults, { guard });
  const effects = new Effects("coven");
  say(effects);
  outbox.add(effects);
  outbox.flush();
  return { text, found };
}

describe("a stanza that is larger than the server takes", () => {
  it("becomes an error under the same id where it is an answer (RFC 6120 8.2.3)", () => {
    const { text, found } = written((effects) => {
      effects.send(SHORT);
      effects.send(
        `<iq type="result" from="coven@chat.example/>" to="a@b/&quot;c" id="q&lt;1"><query xmlns="jabber:iq:x"><a>${LONG}</a></query></iq>`,
      );
      effects.send(SHORT);
    });
    const error =
      '<iq type="error" from="coven@chat.example/>" to="a@b/&quot;c" id="q&lt;1"><error type="wait">' +
      '<resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>' +
      '<text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">The answer is too large to send</text>' +
      "</error></iq>";
    expect(text).toBe(SHORT + error + SHORT);
    expect(found).toEqual([
      { node: "coven", size: expect.any(Number), what: "iq result with query jabber:iq:x" },
    ]);
    expect(found[0]?.size).toBeGreaterThan(LIMIT);
  });

  it("becomes an error without payload where it was an error", () => {
    const { text } = written((effects) =>
      effects.send(`<message type="error" to="a@b" id="1"><body>${LONG}</body><error/></message>`),
    );
    expect(text).toMatch(/^<message type="error" to="a@b" id="1"><error .*<\/error><\/message>$/);
  });

  it.each(["<message", '<presence type="unavailable"', '<iq type="set" id="1"'])(
    "is left out where nobody waits for it: %s",
    (start) => {
      const { text, found } = written((effects) => effects.send(`${start} to="a@b"><x>${LONG}</x></q>`));
      expect(text).toBe("");
      expect(found).toHaveLength(1);
    },
  );

  it("is left out for each of many recipients, and found once", () => {
    const { text, found } = written((effects) => {
      effects.broadcast('<message to="', `"><body>${LONG}</body></message>`, ["a@b/1", "a@b/2"]);
      effects.broadcast('<message to="', '"/>', ["a@b/1", "a@b/2"]);
    });
    expect(text).toBe('<message to="a@b/1"/><message to="a@b/2"/>');
    expect(found).toEqual([{ node: "coven", size: expect.any(Number), what: "message with body" }]);
  });

  it("is left out of what one is sent in a row, as of the history", () => {
    const stanzas = ["one", LONG, "two"].map((body) => ({
      head: '<message to="',
      tail: `"><body>${body}</body></message>`,
    }));
    const { text, found } = written((effects) => effects.batch(stanzas, "a@b/c"));
    expect(text.match(/<body>.*?<\/body>/g)).toEqual(["<body>one</body>", "<body>two</body>"]);
    expect(found).toHaveLength(1);
  });

  it("is not one that has the limit exactly, in bytes of UTF-8", () => {
    const frame = '<message to="a@b"><body></body></message>';
    const body = "é".repeat((LIMIT - frame.length - 1) / 2);
    const fits = frame.replace("><", `>${body}x<`);
    expect(Buffer.byteLength(fits)).toBe(LIMIT);
    expect(written((effects) => effects.send(fits)).text).toBe(fits);
    expect(written((effects) => effects.send(fits.replace("x<", "xx<"))).text).toBe("");
  });

  it("is measured where it may be too large, and no other", () => {
    const guard = new SizeGuard(500_000);
    let reads = 0;
    const stanza = {
      get head() {
        reads += 1;
        return "<message ";
      },
      tail: "x".repeat(160_000),
    };
    expect(guard.admits(stanza, "coven")).toBe(true);
    expect(reads).toBe(1);
  });
});
