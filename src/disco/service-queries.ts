// Requests to the service itself: discovery (XEP-0045 sections 6.2 and 6.3), room names, version, ping and time.
import { type IqOutcome, result } from "../muc/model/outcome.ts";
import type { RoomRegistry } from "../muc/service/registry.ts";
import { writeForm } from "../xmpp/data-form.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { refuse } from "../xmpp/result.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { say } from "../xmpp/text.ts";
import { searchChannels } from "./channel-search.ts";
import { reportChat } from "./chat-report.ts";
import { writeIdentity } from "./room-disco.ts";
import { listRooms } from "./room-list.ts";

export interface ServiceFacts {
  readonly name: string;
  readonly version: string;
  /** Contact URIs by the purpose ("abuse", "admin", ...) of XEP-0157. */
  readonly contacts: Readonly<Record<string, readonly string[]>>;
  /** Returns milliseconds since 1970. */
  now(): number;
  /** Returns the memory of the process, in bytes. */
  memory(): number;
}

interface ServiceRequest {
  readonly facts: ServiceFacts;
  readonly registry: RoomRegistry;
  readonly stanza: Stanza;
  readonly payload: Element;
}

const FEATURES = [
  NS.discoInfo,
  NS.discoItems,
  NS.muc,
  NS.mucStableId,
  NS.mucUnique,
  NS.rsm,
  NS.channelSearch,
  NS.commands,
  NS.vcard, // of the rooms (XEP-0486 section 3.1)
  NS.occupantId, // every room has it (XEP-0421 section 4)
  NS.version,
  NS.ping,
  NS.time,
];

/** Handlers of the gets that the service answers (reports about rooms are sets), by name and namespace of the payload. */
const QUERIES: ReadonlyMap<string, (request: ServiceRequest) => IqOutcome> = new Map([
  [`query ${NS.discoInfo}`, serviceInfo],
  [
    `query ${NS.discoItems}`,
    ({ registry, payload }: ServiceRequest) => listRooms(registry.environment, payload),
  ],
  [
    `search ${NS.channelSearch}`,
    ({ registry, payload, stanza }: ServiceRequest) =>
      searchChannels(registry.environment, payload, stanza.language),
  ],
  [`unique ${NS.mucUnique}`, uniqueName],
  [`query ${NS.version}`, version],
  [`ping ${NS.ping}`, () => result()],
  [`time ${NS.time}`, time],
]);

/** Answers a get or set sent to the service's own address. */
export function handleServiceIq(facts: ServiceFacts, registry: RoomRegistry, stanza: Stanza): IqOutcome {
  const [payload] = stanza.element.getChildElements();
  const query = payload && QUERIES.get(`${payload.getName()} ${payload.getNS()}`);
  if (stanza.type === "set" && payload?.is("report-chat", NS.groupReport))
    return reportChat(registry.environment, stanza, payload);
  if (!query || stanza.type !== "get")
    return refuse(errors.serviceUnavailable(say`This service does not support this request`));
  return query({ facts, registry, stanza, payload });
}

function serviceInfo({ facts, registry, payload }: ServiceRequest): IqOutcome {
  if (payload.attrs.node) return refuse(errors.itemNotFound(say`This service has no such node`));
  const takesReports = registry.environment.abuseContacts.length > 0;
  const all = takesReports ? [...FEATURES, NS.groupReport] : FEATURES;
  const features = all.map((feature) => tag("feature", { var: feature })).join("");
  const content = writeIdentity(facts.name) + features + writeContacts(facts.contacts);
  return result(tag("query", { xmlns: NS.discoInfo }, content));
}

/** Writes the contact addresses of XEP-0157. */
function writeContacts(contacts: ServiceFacts["contacts"]): string {
  const fields = Object.entries(contacts)
    .filter(([, uris]) => uris.length > 0)
    .map(([purpose, uris]) => ({
      var: `${purpose}-addresses`,
      type: "list-multi" as const,
      values: uris,
    }));
  return fields.length === 0 ? "" : writeForm({ type: "result", formType: NS.serverInfo }, fields, undefined);
}

/** Answers users who may create rooms with a free room name that cannot be guessed (XEP-0307). */
function uniqueName({ registry, stanza }: ServiceRequest): IqOutcome {
  const name = registry.uniqueName(stanza.from.bare);
  if (name.kind === "refused") return name;
  return result(textTag("unique", name.value, { xmlns: NS.mucUnique }));
}

/** Answers with name and version (XEP-0092). */
function version({ facts }: ServiceRequest): IqOutcome {
  return result(
    tag("query", { xmlns: NS.version }, textTag("name", "Verona") + textTag("version", facts.version)),
  );
}

/** Answers with the time (XEP-0202). */
function time({ facts }: ServiceRequest): IqOutcome {
  const utc = `${new Date(facts.now()).toISOString().slice(0, 19)}Z`;
  return result(tag("time", { xmlns: NS.time }, textTag("tzo", "+00:00") + textTag("utc", utc)));
}
