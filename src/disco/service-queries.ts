// What the service itself answers: discovery (XEP-0045 sections 6.2, 6.3), version, ping and time.

import { type IqAnswer, refuse, result } from "../muc/iq-answer.ts";
import type { RoomRegistry } from "../muc/registry.ts";
import { child, type Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { writeIdentity } from "./room-disco.ts";

export interface ServiceFacts {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  now(): number;
}

const FEATURES = [
  NS.discoInfo,
  NS.discoItems,
  NS.muc,
  NS.mucStableId,
  NS.register,
  NS.vcard, // of the rooms (XEP-0486 section 3.1)
  NS.version,
  NS.ping,
  NS.time,
];

/** Answers a get or set sent to the service's own address. */
export function handleServiceIq(facts: ServiceFacts, registry: RoomRegistry, stanza: Stanza): IqAnswer {
  const { element } = stanza;
  if (stanza.type === "get") {
    const info = child(element, "query", NS.discoInfo);
    if (info) return serviceInfo(facts, info);
    const items = child(element, "query", NS.discoItems);
    if (items) return publicRooms(registry, items);
    if (child(element, "query", NS.version)) return version(facts);
    if (child(element, "ping", NS.ping)) return result();
    if (child(element, "time", NS.time)) return time(facts);
  }
  return refuse(errors.serviceUnavailable("This service does not know this request"));
}

function serviceInfo(facts: ServiceFacts, query: Element): IqAnswer {
  if (query.attrs.node) return refuse(errors.itemNotFound("This service has no such node"));
  const features = FEATURES.map((feature) => tag("feature", { var: feature })).join("");
  return result(tag("query", { xmlns: NS.discoInfo }, writeIdentity(facts.name) + features));
}

function publicRooms(registry: RoomRegistry, query: Element): IqAnswer {
  if (query.attrs.node) return refuse(errors.itemNotFound("This service has no such node"));
  const items = [...registry.all()]
    .filter((room) => room.config.public && !room.locked)
    .map((room) => tag("item", { jid: room.address, name: room.config.name || room.node }));
  return result(tag("query", { xmlns: NS.discoItems }, items.join("")));
}

/** XEP-0092. */
function version(facts: ServiceFacts): IqAnswer {
  return result(
    tag("query", { xmlns: NS.version }, textTag("name", "Verona") + textTag("version", facts.version)),
  );
}

/** XEP-0202. */
function time(facts: ServiceFacts): IqAnswer {
  const utc = `${new Date(facts.now()).toISOString().slice(0, 19)}Z`;
  return result(tag("time", { xmlns: NS.time }, textTag("tzo", "+00:00") + textTag("utc", utc)));
}
