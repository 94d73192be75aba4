import type { Room } from "../muc/room/room.ts";
import { type Result, refuse } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import type { OperationService } from "./operation-service.ts";
import { nodeOf } from "./parameters.ts";

export const NO_SUCH_ROOM = errors.itemNotFound(say`This service has no such room`);

/** Runs a rule on the room that a parameter names. Refuses with `item-not-found` if there is none. */
export async function inNamedRoom<T>(
  service: OperationService,
  name: string,
  rule: (room: Room) => Result<T>,
): Promise<Result<T>> {
  const node = nodeOf(name, service.registry.environment.domain);
  if (node === undefined) return refuse(NO_SUCH_ROOM);
  return service.inRoom(node, rule);
}
