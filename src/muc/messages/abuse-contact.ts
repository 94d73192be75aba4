// Reports to the operator: a message to each XMPP address of `service.contacts.abuse`.
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";

/** Reports to the operator within an hour: of one room or user, and of all. */
const MOST_OF_ONE = 5;
const MOST_OF_ALL = 60;

type Abuse = Pick<RoomEnvironment, "abuseContacts" | "abuseReports" | "elapsed" | "newId">;

/** Refuses a report that nobody would get, or one too many. `of`: the room or user that reports. Counts it if it is taken. */
export function refuseToOperator(
  { abuseContacts, abuseReports, elapsed }: Abuse,
  of: string,
): StanzaError | undefined {
  if (abuseContacts.length === 0)
    return errors.featureNotImplemented(say`This service has no XMPP address for reports of abuse`);
  const isOver =
    !abuseReports.allows("", MOST_OF_ALL, elapsed()) || !abuseReports.take(of, MOST_OF_ONE, elapsed());
  if (isOver) return errors.resourceConstraint(say`Too many reports within an hour. Try again later`);
  abuseReports.take("", MOST_OF_ALL, elapsed());
  return undefined;
}

/** Writes a report to the operator from an address of the service: one message for each contact. `payload` is markup. */
export const toOperator = (
  { abuseContacts, newId }: Abuse,
  from: string,
  text: string,
  payload: string,
): string[] =>
  abuseContacts.map((to) =>
    tag("message", { from, to, id: newId() }, textTag("body", text, { "xml:lang": "en" }) + payload),
  );
