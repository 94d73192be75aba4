// Ad-hoc commands of the service (XEP-0050), after the model of XEP-0133, and their service discovery.
import { type Command, commandInfo, commandItems, handleCommand } from "../muc/administration/commands.ts";
import { type IqOutcome, result, UNHANDLED, type Unhandled } from "../muc/model/outcome.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { refuse } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { say } from "../xmpp/text.ts";
import { announce } from "./announce.ts";
import { listActs } from "./list-acts.ts";
import { listRooms } from "./list-rooms.ts";
import { OPERATION_COMMANDS } from "./operation-commands.ts";
import { configureRoom, destroyRoom, setAffiliation } from "./room-administration.ts";
import { forServiceAdmins, type ServiceRequest } from "./service-request.ts";
import { statistics } from "./statistics-command.ts";

const SERVICE_COMMANDS: readonly Command<ServiceRequest>[] = [
  listRooms,
  configureRoom,
  setAffiliation,
  destroyRoom,
  announce,
  statistics,
  listActs,
  ...OPERATION_COMMANDS,
];

/** Answers a command to the service, or a discovery of its commands. */
export function handleServiceCommand(request: ServiceRequest, payload: Element): IqOutcome | Unhandled {
  const { stanza, registry } = request;
  const xmlns = payload.getNS();
  if (xmlns === NS.commands && payload.getName() === "command")
    return handleCommand(SERVICE_COMMANDS, request, stanza, payload, registry.environment.newId);
  const { node } = payload.attrs;
  if (stanza.type !== "get" || !node) return UNHANDLED;
  if (xmlns === NS.discoItems && node === NS.commands) {
    const items = commandItems(SERVICE_COMMANDS, request, registry.environment.domain, stanza.language);
    return result(tag("query", { xmlns, node }, items));
  }
  const info = xmlns === NS.discoInfo ? commandInfo(SERVICE_COMMANDS, node, stanza.language) : undefined;
  if (info === undefined) return UNHANDLED;
  // Only service administrators may learn which commands exist.
  if (node !== NS.commands && forServiceAdmins(request))
    return refuse(errors.itemNotFound(say`This service has no such node`));
  return result(tag("query", { xmlns, node }, info));
}
