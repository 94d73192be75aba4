import { z } from "zod";
import { handleAdminQuery } from "../../muc/administration/admin-query.ts";
import type { Role } from "../../muc/model/affiliation.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { done } from "../done.ts";
import { inNamedRoom } from "../named-room.ts";
import type { Caller } from "../operation.ts";
import type { OperationService } from "../operation-service.ts";
import { request } from "../room-rules.ts";

export const nicknameParameter = z
  .string()
  .min(1)
  .max(1023)
  .meta({ description: "Nickname of the occupant" });

interface RoleChange {
  readonly room: string;
  readonly nickname: string;
  readonly role: Role;
  readonly reason?: string | undefined;
}

/** Gives an occupant a role (XEP-0045 sections 8 and 9.6); "none" removes it from the room. */
export async function changeRole(
  service: OperationService,
  { room, nickname, role, reason }: RoleChange,
  caller: Caller,
) {
  const item = tag("item", { nick: nickname, role }, reason === undefined ? "" : textTag("reason", reason));
  const query = tag("query", { xmlns: NS.mucAdmin }, item);
  return done(await inNamedRoom(service, room, (live) => request(live, caller, handleAdminQuery, query)));
}
