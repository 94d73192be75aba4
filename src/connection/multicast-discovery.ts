// Discovery of a multicast service (XEP-0033 section 2.1, docs/copies.md) and of its limits (section 2.2, XEP-0128).
import { child, children, childText, type Element } from "../xmpp/element.ts";
import { parseJid } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";

/** Sends a get; resolves with the result or error, or undefined if there is no answer. */
export type Ask = (to: string, payload: string) => Promise<Element | undefined>;

export interface MulticastService {
  readonly jid: string;
  /** The server to whose users it delivers directly. */
  readonly domain: string;
  /** Maximum number of addresses in one stanza. */
  readonly addresses: number;
  /** Set if it remembers lists of recipients (docs/copies.md). */
  readonly memory?: ServiceMemory | undefined;
}

/** What a service remembers for one component. */
export interface ServiceMemory {
  /** Maximum number of addresses in all lists. */
  readonly addresses: number;
  /** Maximum number of stanzas. */
  readonly stanzas: number;
}

/** The limit of a service that does not announce one (table 4 has "more than 20"). */
const DEFAULT_ADDRESSES = 20;
/** Maximum number of services of a server that are queried. */
const MAX_SERVICES = 50;

/**
 * Finds the service that is configured, or that the component's parent domain is or offers, rather one
 * with a memory. `setting` as in `Config`.
 */
export async function discoverMulticast(
  ask: Ask,
  setting: string,
  component: string,
): Promise<MulticastService | undefined> {
  if (setting === "off") return undefined;
  if (setting !== "auto") return inspect(ask, setting);
  const server = parentOf(component);
  if (server === undefined) return undefined;
  const itself = await inspect(ask, server);
  if (itself) return itself;
  const answer = await ask(server, tag("query", { xmlns: NS.discoItems }));
  const services = (answer ? itemsOf(answer) : []).filter(
    (jid) => jid !== component && jid.endsWith(`.${server}`) && parseJid(jid)?.full === jid,
  );
  const inspected = await Promise.all(services.slice(0, MAX_SERVICES).map((jid) => inspect(ask, jid)));
  const usable = inspected.filter((service) => service?.domain === server);
  return usable.find((service) => service?.memory) ?? usable[0];
}

async function inspect(ask: Ask, jid: string): Promise<MulticastService | undefined> {
  const answer = await ask(jid, tag("query", { xmlns: NS.discoInfo }));
  const query = answer?.attrs.type === "result" ? child(answer, "query", NS.discoInfo) : undefined;
  const memory = query && memoryOf(query);
  if (!query || !(memory || hasFeature(query, NS.address))) return undefined;
  const isServer = children(query, "identity", NS.discoInfo).some(({ attrs }) => attrs.category === "server");
  const domain = isServer ? jid : parentOf(jid);
  return domain === undefined ? undefined : { jid, domain, addresses: limitOf(query), memory };
}

/** Returns the lower of the limits for messages and presence. */
function limitOf(query: Element): number {
  const limits = [...numbersIn(query, NS.address, ["message", "presence"]).values()];
  return limits.length > 0 && limits.every((limit) => limit >= 1)
    ? Math.floor(Math.min(...limits))
    : DEFAULT_ADDRESSES;
}

function memoryOf(query: Element): ServiceMemory | undefined {
  const limits = numbersIn(query, NS.copies, ["addresses", "kept"]);
  const addresses = limits.get("addresses") ?? 0;
  const stanzas = limits.get("kept") ?? 0;
  return hasFeature(query, NS.copies) && addresses >= 1 && stanzas >= 1 ? { addresses, stanzas } : undefined;
}

const hasFeature = (query: Element, feature: string): boolean =>
  children(query, "feature", NS.discoInfo).some(({ attrs }) => attrs.var === feature);

/** Returns fields of the form of a type (XEP-0128), read as numbers. */
function numbersIn(query: Element, formType: string, names: readonly string[]): Map<string, number> {
  const form = children(query, "x", NS.dataForms)
    .map((each) => children(each, "field", NS.dataForms))
    .find((fields) => fields.some((field) => childText(field, "value") === formType));
  const found = new Map<string, number>();
  for (const field of form ?? []) {
    const name = field.attrs.var;
    if (name !== undefined && names.includes(name)) found.set(name, Number(childText(field, "value")));
  }
  return found;
}

function itemsOf(answer: Element): string[] {
  const query = child(answer, "query", NS.discoItems);
  const items = query ? children(query, "item", NS.discoItems) : [];
  return items.flatMap(({ attrs }) => (attrs.node === undefined && attrs.jid ? [attrs.jid] : []));
}

function parentOf(domain: string): string | undefined {
  const parent = domain.slice(domain.indexOf(".") + 1);
  return parent === domain || parent === "" ? undefined : parent;
}
