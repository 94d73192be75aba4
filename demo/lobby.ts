// The room of the demo: an owner, a moderator, and a member who is away, each with a reserved nickname.
import { callService } from "../src/control/call-service.ts";

/** The person who belongs to the room and never comes. */
const ABSENT = "mercutio";

/** Makes the room by the operations of the service at a control socket. */
export async function makeLobby(socket: string, room: string, domain: string): Promise<void> {
  const member = (user: string, affiliation: string) => ({
    user: `${user}@${domain}`,
    affiliation,
    nickname: nicknameOf(user),
  });
  await call(socket, "room.create", {
    room,
    owners: [`romeo@${domain}`],
    set: {
      name: "The lobby",
      description: "Where everybody in Verona meets",
      language: "en",
      publicLogging: true,
      presenceBroadcast: ["none", "visitor", "participant", "moderator"],
      openRegistration: true,
    },
    affiliations: [member("romeo", "owner"), member("juliet", "admin"), member(ABSENT, "member")],
  });
}

/** Makes the token with which the demo opens the console. */
export async function makeToken(socket: string): Promise<string> {
  const made = await call(socket, "token.create", { token: "demo", scope: "admin" });
  const secret: unknown = Object(made).secret;
  if (typeof secret !== "string") throw new Error("the service made no token");
  return secret;
}

/** Returns the nickname under which a person enters. */
export const nicknameOf = (user: string): string => user.charAt(0).toUpperCase() + user.slice(1);

async function call(socket: string, operation: string, params: Record<string, unknown>): Promise<unknown> {
  const answer = await callService(socket, operation, params);
  if (answer?.kind === "result") return answer.value;
  throw new Error(`${operation}: ${answer?.text ?? "the service does not answer"}`);
}
