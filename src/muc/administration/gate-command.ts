// A command that answers the question at the gate, for clients in which users without voice cannot write.
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import { say } from "../../xmpp/text.ts";
import { ANSWER_FIELD, instructionFor, questionField } from "../affiliations/gate-question.ts";
import { answerAtGate } from "../messages/gate-answer.ts";
import { isBehindGate } from "../permissions/gate.ts";
import { type Command, commandForbidden, completed, fieldValue } from "./commands.ts";
import type { RoomRequest } from "./room-request.ts";

const TITLE = say`Answer the room's question`;

const answer: Command<RoomRequest> = {
  node: "verona#answer",
  name: TITLE,
  refuse: ({ room, from }) =>
    room.occupantsOf(from).length > 0 && isBehindGate(room, from, room.affiliationOf(from))
      ? undefined
      : commandForbidden(say`The room has no question for you`),
  form: {
    type: NS.captcha,
    title: TITLE,
    instructions: ({ room }) => instructionFor(room),
    fields: ({ room }) => [questionField(room)],
  },
  run({ room, from }, fields) {
    const refusal = answerAtGate(room, from, fieldValue(fields, ANSWER_FIELD));
    return refusal ? refuse(refusal) : completed({ note: say`Thank you, the room has your answer` });
  },
};

export const GATE_COMMANDS: readonly Command<RoomRequest>[] = [answer];
