import { z } from "zod";
import { recordAct } from "../../muc/room/record-act.ts";
import { ok, refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { affiliationChange, changeAffiliations } from "../affiliations/affiliation-changes.ts";
import { type Operation, operation } from "../operation.ts";
import { nodeOf, roomParameter, userParameter } from "../parameters.ts";
import { configure, optionsParameter } from "./configuration-parameter.ts";

export const createRoom: Operation = operation({
  name: "room.create",
  summary: "Creates a room that is open at once, and persistent",
  scope: "admin",
  effect: "changes",
  http: "POST /rooms",
  operands: ["room"],
  params: z.strictObject({
    room: roomParameter,
    owners: z.array(userParameter).min(1).max(100).meta({ description: "Addresses of the owners" }),
    set: optionsParameter.default({}),
    affiliations: z
      .array(affiliationChange)
      .max(1000)
      .default([])
      .meta({ description: "Further affiliations and reserved nicknames, as in affiliations.set" }),
  }),
  result: z.object({ room: z.string().meta({ description: "Address of the room" }) }),
  refusals: [
    ...(["conflict", "jid-malformed", "not-acceptable", "not-allowed"] as const),
    ...(["item-not-found", "policy-violation", "resource-constraint"] as const),
  ],
  async run(service, { room, owners, set, affiliations }, caller) {
    const { domain } = service.registry.environment;
    const node = nodeOf(room, domain);
    if (node === undefined)
      return refuse(errors.jidMalformed(say`No room of this service can have this name`));
    const by = caller.jid.bare;
    const created = await service.createRoom(node, by, [...new Set(owners)], (live) => {
      recordAct(live, { kind: "room-created", by });
      const configured = configure(live, caller, { persistent: true, ...set });
      if (configured.kind === "refused" || affiliations.length === 0) return configured;
      return changeAffiliations(live, caller, affiliations);
    });
    return created.kind === "refused" ? created : ok({ room: `${node}@${domain}` });
  },
});
