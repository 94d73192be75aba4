import { describe, expect, it } from "vitest";
import { IqRequests } from "../../src/connection/iq-requests.ts";
import { type Element, parse } from "../../src/xmpp/element.ts";

describe("RFC 6120 8.2.3: the answer to a request of the service", () => {
  it.each([
    ["result", {}],
    ["error", { type: "error" }],
  ])("is a %s with its id, from the address that was asked", (_, attributes) => {
    const { take, answers } = withRequest();
    expect(take(attributes)).toBe(true);
    expect(answers).toHaveLength(1);
    expect(take(attributes), "only once").toBe(false);
  });

  it.each([
    ["another sender", { from: "evil.example" }],
    ["another recipient", { to: "coven@rooms.example" }],
    ["another id", { id: "guess" }],
    ["another type", { type: "get" }],
    ["another kind", {}, "message"],
  ])("is no stanza with %s", (_, attributes, kind = "iq") => {
    const { take, answers } = withRequest();
    expect(take(attributes, kind)).toBe(false);
    expect(answers).toEqual([]);
    expect(take({}), "the true answer is still taken").toBe(true);
  });
});

/** Sends a request to "server.example"; returns a function that takes an answer with other attributes. */
function withRequest() {
  const requests = new IqRequests("rooms.example");
  const answers: (Element | undefined)[] = [];
  const { id } = parse(requests.request("server.example", "", (answer) => answers.push(answer))).attrs;
  const take = (attributes: Record<string, string>, kind = "iq"): boolean => {
    const stanza = parse(`<${kind}/>`);
    const usual = { type: "result", id, from: "server.example", to: "rooms.example" };
    Object.assign(stanza.attrs, usual, attributes);
    return requests.takeAnswer(stanza);
  };
  return { take, answers };
}
