import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import type { TestClient } from "./client.ts";

/** Returns the status codes of a presence or message (XEP-0045 section 16.6). */
export function statusCodes(stanza: Element): string[] {
  return (stanza.getChild("x", NS.mucUser)?.getChildren("status") ?? []).map(({ attrs }) =>
    String(attrs.code),
  );
}

/** Returns the condition of an error (RFC 6120 section 8.3.2). */
export const conditionOf = (stanza: Element): string | undefined =>
  stanza.getChild("error")?.getChildElements()[0]?.getName();

/** Matches stanzas with an id. */
export const withId =
  (id: string) =>
  ({ attrs }: Element): boolean =>
    attrs.id === id;

/** Enters a room (XEP-0045 section 7.2). Returns the self-presence or the error. */
export async function join(client: TestClient, room: string, nick: string): Promise<Element> {
  await client.send(`<presence to="${room}/${nick}"><x xmlns="${NS.muc}"/></presence>`);
  return client.receive(
    (stanza) =>
      stanza.getName() === "presence" &&
      (stanza.attrs.from ?? "").startsWith(room) &&
      (stanza.attrs.type === "error" || statusCodes(stanza).includes("110")),
  );
}

/** Receives the subject message, which ends an entry (XEP-0045 section 7.2.15). */
export function receiveSubject(client: TestClient): Promise<Element> {
  return client.receive(
    (stanza) => stanza.getName() === "message" && stanza.getChild("subject") !== undefined,
  );
}

/** Submits the room configuration form with these fields (XEP-0045 section 10.2). */
export function configure(
  client: TestClient,
  room: string,
  fields: Record<string, string>,
): Promise<Element> {
  const form = submittedForm(NS.mucRoomConfig, fields);
  return client.request(room, "set", `<query xmlns="${NS.mucOwner}">${form}</query>`);
}

/** Returns a submitted data form (XEP-0004). */
export function submittedForm(formType: string, fields: Record<string, string>): string {
  const written = Object.entries({ FORM_TYPE: formType, ...fields }).map(
    ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
  );
  return `<x xmlns="${NS.dataForms}" type="submit">${written.join("")}</x>`;
}
