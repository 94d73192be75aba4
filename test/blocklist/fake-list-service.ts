// A PubSub service with one node, as far as blocklists need it (XEP-0060), on the other end of the link.
import { child, childText, type Element, parse } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { tag } from "../../src/xmpp/tag.ts";

export const SERVICE = "lists.example";
export const NODE = "bans";

export class FakeListService {
  /** The ids of the items, in order. */
  readonly items: string[] = [];
  /** What was asked: "subscribe", "items", ... */
  readonly asked: string[] = [];
  /** Maximum items of a page; undefined for a service without pages. */
  page: number | undefined;
  isAway = false;
  /** Called before each page is sent. */
  beforePage: () => void = () => {};
  /** Gives a stanza to the component. */
  deliver: (stanza: Element) => void = () => {};

  /** Takes a request of the component, and answers later. */
  write(text: string): boolean {
    const iq = parse(text);
    const pubsub = child(iq, "pubsub", NS.pubsub);
    const request = pubsub?.getChildElements()[0];
    this.asked.push(request?.getName() ?? "");
    if (this.isAway || !pubsub) return false;
    const content = request?.getName() === "items" ? this.#items(pubsub) : subscription(request);
    const { id, from } = iq.attrs;
    const answer = tag("pubsub", { xmlns: NS.pubsub }, content);
    queueMicrotask(() => this.send(tag("iq", { type: "result", id, from: SERVICE, to: from }, answer)));
    return true;
  }

  send(xml: string): void {
    this.deliver(parse(xml));
  }

  /** Tells of a change; `from` is the service, unless somebody else pretends. */
  notify(content: string, from = SERVICE, to = "chat.example"): void {
    this.send(tag("message", { from, to }, tag("event", { xmlns: NS.pubsubEvent }, content)));
  }

  #items(pubsub: Element): string {
    this.beforePage();
    const set = child(pubsub, "set", NS.rsm);
    const after = set && childText(set, "after");
    const start = this.page === undefined || after === undefined ? 0 : this.items.indexOf(after) + 1;
    const shown = this.items.slice(start, this.page === undefined ? undefined : start + this.page);
    const items = shown.map((id) => tag("item", { id })).join("");
    const last = shown.at(-1);
    const end =
      this.page === undefined
        ? ""
        : tag("set", { xmlns: NS.rsm }, last === undefined ? "" : tag("last", {}, last));
    return tag("items", { node: NODE }, items) + end;
  }
}

const subscription = (request: Element | undefined): string =>
  tag("subscription", { node: NODE, jid: request?.attrs.jid, subscription: "subscribed" });
