// The items of a blocklist in PubSub (XEP-0060 sections 6.1, 6.5 and 7): each id is the SHA-256 of a bare JID or of a domain,
// as xmppbl.org publishes them, or a domain in plain text.
import { hash } from "node:crypto";
import type { ListAddress } from "../config/list-address.ts";
import { child, children, childText, type Element } from "../xmpp/element.ts";
import { accountOf, domainOf, prepareJid } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag, textTag } from "../xmpp/tag.ts";

/** Items of one page. The largest page has about 100 KB. */
const PAGE = 500;
/** Maximum length of an item's id. */
const MOST_ID = 1_024;

const HASH = /^[\da-f]{64}$/i;

/** The name of a list in the store, the log and the metrics. */
export const nameOf = ({ service, node }: ListAddress): string => `${service} ${node}`;

const sha256 = (text: string): string => hash("sha256", text, "hex");

/** Returns the hash of a bare JID or a domain, in the form of `accountOf`. */
export const hashOfAddress = sha256;

/** Returns the ids under which a list may have an account: that of its bare JID, and that of its domain. */
export const hashesOf = (bareJid: string): readonly [account: string, domain: string] => [
  sha256(bareJid),
  sha256(domainOf(bareJid)),
];

/** Returns the hash that an item's id stands for; undefined if it is neither a hash nor a domain. */
export function hashIn(id: string | undefined): string | undefined {
  if (id === undefined || id.length > MOST_ID) return undefined;
  if (HASH.test(id)) return id.toLowerCase();
  const jid = id.includes(".") ? prepareJid(id) : undefined;
  return jid?.full === jid?.domain && jid ? sha256(accountOf(jid.domain)) : undefined;
}

/** Writes a request to subscribe an address to a node, or to end that. */
export const subscriptionRequest = (act: "subscribe" | "unsubscribe", node: string, jid: string): string =>
  tag("pubsub", { xmlns: NS.pubsub }, tag(act, { node, jid }));

/** Writes a request for the items after an id, or for the first ones. Services without pages send all (XEP-0059). */
export function itemsRequest(node: string, after: string | undefined): string {
  const set = textTag("max", String(PAGE)) + (after === undefined ? "" : textTag("after", after));
  return tag("pubsub", { xmlns: NS.pubsub }, tag("items", { node }) + tag("set", { xmlns: NS.rsm }, set));
}

/** Returns the state of a subscription that an answer tells, such as "subscribed" or "pending". */
export function subscriptionIn(answer: Element): string | undefined {
  const pubsub = child(answer, "pubsub", NS.pubsub);
  return pubsub && child(pubsub, "subscription", NS.pubsub)?.attrs.subscription;
}

/** A page of items: their hashes, and the id after which the next page begins; undefined after the last one. */
export interface ItemPage {
  readonly hashes: readonly string[];
  readonly last: string | undefined;
}

/** Reads the items of an answer; undefined if it has none of that node. */
export function readItems(answer: Element, node: string): ItemPage | undefined {
  const pubsub = child(answer, "pubsub", NS.pubsub);
  const items = pubsub && child(pubsub, "items", NS.pubsub);
  if (!pubsub || items?.attrs.node !== node) return undefined;
  const set = child(pubsub, "set", NS.rsm);
  const ids = children(items, "item", NS.pubsub).map(({ attrs }) => attrs.id);
  const hashes = ids.flatMap((id) => hashIn(id) ?? []);
  return { hashes, last: set && ids.length > 0 ? childText(set, "last") : undefined };
}

/** A change of a node: hashes that come and go, or the end of all its items. */
export type ListChange =
  | { readonly kind: "items"; readonly added: readonly string[]; readonly removed: readonly string[] }
  | { readonly kind: "cleared" };

/** Reads the changes that a notification tells, by node. Undefined if it is no notification. */
export function readChanges(message: Element): ReadonlyMap<string, ListChange> | undefined {
  const event = message.attrs.type === "error" ? undefined : child(message, "event", NS.pubsubEvent);
  if (!event) return undefined;
  const changes = new Map<string, ListChange>();
  for (const element of event.getChildElements()) {
    const { node } = element.attrs;
    if (node === undefined) continue;
    const name = element.getName();
    if (name === "purge" || name === "delete") changes.set(node, { kind: "cleared" });
    if (name !== "items") continue;
    const idsOf = (each: string) =>
      children(element, each, NS.pubsubEvent).flatMap(({ attrs }) => hashIn(attrs.id) ?? []);
    changes.set(node, { kind: "items", added: idsOf("item"), removed: idsOf("retract") });
  }
  return changes;
}
