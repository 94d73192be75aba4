// The form of messages between nodes: a seal shows that the sender knows the secret of the nodes.
import { createHmac, timingSafeEqual } from "node:crypto";
import { child, type Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";
import { addressOfNode, nodeOfAddress } from "./node-address.ts";

export interface EnvelopeOptions {
  /** The name of this node. */
  readonly name: string;
  /** The domain of the service. */
  readonly domain: string;
  /** The secret of the nodes, which is not the component's. */
  readonly secret: string;
}

/** What arrived at the address of this node. */
export type Arrival =
  | { readonly kind: "message"; readonly from: string; readonly message: Element }
  /** A message of this node came back. */
  | { readonly kind: "returned"; readonly to: string; readonly message: Element }
  /** It has the address of a node, and no seal that only nodes can make. */
  | { readonly kind: "unsealed"; readonly from: string }
  /** It has another sender. */
  | { readonly kind: "foreign" };

/** Seals that are remembered; whoever has the secret of the component could ask for any number. */
const MOST_SEALS = 1_000;

/** Puts messages of one node into envelopes, and takes those of others out. */
export class NodeEnvelope {
  readonly #options: EnvelopeOptions;
  readonly #address: string;
  /** By sender and recipient. */
  readonly #seals = new Map<string, string>();

  constructor(options: EnvelopeOptions) {
    this.#options = options;
    this.#address = addressOfNode(options.name, options.domain);
  }

  /** Writes a stanza for another node. The prefix leaves the message in the namespace of the stream. */
  wrap(to: string, message: string): string {
    const { name, domain } = this.#options;
    // The seal is text because logs have no text of stanzas.
    const content = tag("v:node", { "xmlns:v": NS.clusterNode }, this.#sealOf(name, to) + message);
    return tag("message", { from: this.#address, to: addressOfNode(to, domain) }, content);
  }

  /** Writes a stanza for another node that goes behind the output of the rooms, from their domain. */
  wrapForRooms(to: string, message: string): string {
    const { name, domain } = this.#options;
    const attributes = { "xmlns:v": NS.clusterNode, name };
    const content = tag("v:node", attributes, this.#sealOf(name, to) + message);
    return tag("message", { from: domain, to: addressOfNode(to, domain) }, content);
  }

  /** Reads a stanza to this node. */
  open(stanza: Element): Arrival {
    const { name, domain } = this.#options;
    const node = child(stanza, "node", NS.clusterNode);
    const { from: sender = "", type } = stanza.attrs;
    const from = sender === domain ? node?.attrs.name : nodeOfAddress(sender, domain);
    if (from === undefined) return { kind: "foreign" };
    const isReturned = type === "error";
    const message = node?.getChildElements()[0];
    const seal = isReturned ? this.#sealOf(name, from) : this.#sealOf(from, name);
    if (!message || !isEqual(node.getText(), seal)) return { kind: "unsealed", from };
    return isReturned ? { kind: "returned", to: from, message } : { kind: "message", from, message };
  }

  #sealOf(from: string, to: string): string {
    const names = `${from} ${to}`;
    const known = this.#seals.get(names);
    if (known !== undefined) return known;
    if (this.#seals.size >= MOST_SEALS) this.#seals.clear();
    const { domain, secret } = this.#options;
    const seal = createHmac("sha256", secret).update(`${names} ${domain}`).digest("base64url");
    this.#seals.set(names, seal);
    return seal;
  }
}

function isEqual(text: string, seal: string): boolean {
  const [given, expected] = [Buffer.from(text), Buffer.from(seal)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
