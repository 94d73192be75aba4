// Registration requests, which the room's admins approve (XEP-0045 sections 7.10 and 9.9).
import { type FormField, writeForm } from "../../xmpp/data-form.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { nicknameKey } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { openTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { isAdmin } from "../model/affiliation.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { RateLimiter } from "../model/rate-limiter.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import { byLanguage } from "../room/client-language.ts";
import type { Occupant } from "../room/occupant.ts";
import { type RegistrationRequest, registrationRequestsNote } from "../room/pending-registrations.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";

export const ROOM_NICK = "muc#register_roomnick";
export const APPLICANT = "verona#applicant";
export const ALLOW = "muc#register_allow";

/** The optional fields of a registration form about the applicant (section 16.5.1). */
export const PERSONAL_FIELDS: readonly FormField[] = [
  { var: "muc#register_first", type: "text-single", label: say`Given name` },
  { var: "muc#register_last", type: "text-single", label: say`Family name` },
  { var: "muc#register_url", type: "text-single", label: say`Web page` },
  { var: "muc#register_email", type: "text-single", label: say`Email address` },
  { var: "muc#register_faqentry", type: "text-multi", label: say`About you` },
];

const MOST = 100;
const HOUR = 3_600_000;
/** Counts the requests of each user within an hour. */
const recentRequests = new RoomSlot("registration-requests", () => new RateLimiter(HOUR, 1_000));
/** Limits the requests of one user within an hour: each is a message to every admin. */
const PER_HOUR = 3;

/** Adds a request and asks the admins in the room to approve it. An identical repetition asks nobody again. */
export function requestRegistration(
  room: Room,
  jid: string,
  nick: string,
  fields: ReadonlyMap<string, readonly string[]>,
): StanzaError | undefined {
  const answers = readPersonal(fields);
  if (!answers)
    return errors.notAcceptable(say`An answer may have at most ${MAX_BYTES.registrationAnswer} bytes`);
  const request: RegistrationRequest = { jid, nick, told: answers };
  const requests = registrationRequestsNote.read(room);
  const before = requests.find((other) => other.jid === jid);
  if (before && JSON.stringify(before) === JSON.stringify(request)) return undefined;
  if (before)
    return errors.conflict(say`Your request is waiting for approval. Withdraw it before you send another`);
  if (requests.some((other) => nicknameKey(other.nick) === nicknameKey(nick)))
    return errors.conflict(say`Another user has requested this nickname`);
  const waiting = [...requests, request];
  const isTooMany =
    latestFitting(waiting, MOST).length < waiting.length ||
    !recentRequests.of(room).take(jid, PER_HOUR, room.environment.elapsed());
  if (isTooMany) return errors.resourceConstraint(say`There are too many requests. Try again later`);
  registrationRequestsNote.write(room, waiting);
  const admins = [...room.occupants.values()].filter(({ affiliation }) => isAdmin(affiliation));
  sendApprovalForm(
    room,
    request,
    admins.flatMap((admin) => [...admin.sessions.keys()]),
  );
  return undefined;
}

function readPersonal(
  fields: ReadonlyMap<string, readonly string[]>,
): Record<string, readonly string[]> | undefined {
  const answers: Record<string, readonly string[]> = {};
  for (const { var: name } of PERSONAL_FIELDS) {
    const values = fields.get(name) ?? [];
    if (escapedBytes(values.join("\n")) > MAX_BYTES.registrationAnswer) return undefined;
    if (values.some((value) => value.trim() !== "")) answers[name] = values;
  }
  return answers;
}

/** Sends all pending requests to an admin who has entered. */
export function sendPendingRequests(room: Room, occupant: Occupant, session: string): void {
  if (!isAdmin(occupant.affiliation)) return;
  for (const request of registrationRequestsNote.read(room)) sendApprovalForm(room, request, [session]);
}

/** Sends the approval form (section 9.9) with the applicant's address, which admins see anyway. */
function sendApprovalForm(
  room: Room,
  { jid, nick, told: answers }: RegistrationRequest,
  to: readonly string[],
): void {
  const title = say`Registration request`;
  const instructions = say`To approve this registration request, select the "Allow this person to register with the room?" checkbox and click OK. To skip this request, click the cancel button.`;
  const personal = PERSONAL_FIELDS.filter((field) => answers[field.var] !== undefined);
  const write = (language: string): string =>
    writeForm(
      { type: "form", formType: NS.mucRegister, title, instructions },
      [
        { var: APPLICANT, type: "jid-single", label: say`Address`, values: [jid] },
        { var: ROOM_NICK, type: "text-single", label: say`Desired nickname`, values: [nick] },
        ...personal.map((field) => ({ ...field, values: answers[field.var] ?? [] })),
        {
          var: ALLOW,
          type: "boolean",
          label: say`Allow this person to register with the room?`,
          values: ["0"],
        },
      ],
      language,
    );
  const head = openTag("message", { from: room.address, id: room.environment.newId() });
  for (const [language, clients] of byLanguage(room, to))
    room.effects.broadcast(head, `">${write(language)}</message>`, clients);
}
