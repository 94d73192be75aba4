// The request to hold stanzas, and who may answer it (docs/hold.md).

import { expect, test } from "vitest";
import { HoldRequest } from "../../src/connection/hold-request.ts";
import { parse } from "../../src/xmpp/element.ts";

const DOMAIN = "chat.example";

/** Asks, and returns the answer and the id of the request. */
function ask(timeoutMs = 30_000): { request: HoldRequest; isHeld: Promise<boolean>; id: string } {
  let written = "";
  const request = new HoldRequest(DOMAIN, (text) => {
    written = text;
    return true;
  });
  const isHeld = request.ask(timeoutMs);
  return { request, isHeld, id: String(parse(written).attrs.id) };
}

const answer = (id: string, from = DOMAIN, to = DOMAIN, type = "result") =>
  parse(`<iq type="${type}" id="${id}" from="${from}" to="${to}"/>`);

test("the answer says whether the server holds", async () => {
  for (const type of ["result", "error", "set"]) {
    const { request, isHeld, id } = ask();
    expect(request.take(answer(id, DOMAIN, DOMAIN, type))).toBe(true);
    expect(await isHeld).toBe(type === "result");
  }
});

test("without a link nobody is asked, and nobody holds", async () => {
  expect(await new HoldRequest(DOMAIN, () => false).ask(30_000)).toBe(false);
});

test("no answer means that nobody holds", async () => {
  expect(await ask(10).isHeld).toBe(false);
});

test.each([
  ["another id", () => answer("hold-guessed")],
  ["another sender", (id: string) => answer(id, "user@example")],
  ["another recipient", (id: string) => answer(id, DOMAIN, `room@${DOMAIN}`)],
])("a stanza with %s is no answer", (_what, stanza) => {
  const { request, id } = ask();
  expect(request.take(stanza(id))).toBe(false);
});
