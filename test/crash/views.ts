// Compares the stanzas that clients received with the store, without any rule of the service.
import type { RoomRecord } from "../../src/muc/model/journal.ts";
import { bareOf } from "../../src/xmpp/jid.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { find, readXml } from "../properties/strict-xml.ts";
import { newTold, statusesOf, type Told, tell } from "../properties/told.ts";
import type { Found } from "./ledger.ts";

interface SeenMessage {
  readonly stanzaId: string;
  /** The sender's own id of the stanza. */
  readonly id: string;
}

/** The view of one room. */
class RoomView {
  readonly clients = new Map<string, Told>();
  /** Messages that clients received, in their order. */
  heard: SeenMessage[] = [];
  subject: string | undefined;

  client(jid: string): Told {
    const told = this.clients.get(jid) ?? newTold();
    this.clients.set(jid, told);
    return told;
  }
}

export class Views {
  readonly #rooms = new Map<string, RoomView>();
  readonly #isAdmin: (bareJid: string) => boolean;
  /** Number of messages that somebody received live. */
  messages = 0;

  constructor(isAdmin: (bareJid: string) => boolean) {
    this.#isAdmin = isAdmin;
  }

  #room(node: string): RoomView {
    const view = this.#rooms.get(node) ?? new RoomView();
    this.#rooms.set(node, view);
    return view;
  }

  /** Returns the clients that were told that they are in the room, and not that they left. */
  inside(node: string): string[] {
    return [...this.#room(node).clients].filter(([, told]) => told.present).map(([jid]) => jid);
  }

  /** Forgets what clients knew, before they enter again. */
  forget(node: string, client: string): void {
    this.#room(node).clients.delete(client);
  }

  /** Takes a stanza from a room to a client. */
  receive(node: string, text: string): void {
    const stanza = readXml(text);
    const view = this.#room(node);
    const { from = "", to = "", type } = stanza.attrs;
    const nick = from.includes("/") ? from.slice(from.indexOf("/") + 1) : "";
    const isCreation = statusesOf(stanza).includes("201");
    if (isCreation) this.#rooms.set(node, new RoomView());
    tell(this.#room(node).client(to), stanza, nick);
    if (stanza.name !== "message" || type !== "groupchat") return;
    const subject = find(stanza, "subject");
    if (subject) view.subject = subject.children.length === 0 ? subject.text : undefined;
    const stanzaId = find(stanza, "stanza-id", NS.stanzaId)?.attrs.id;
    const isLive = find(stanza, "delay", NS.delay) === undefined;
    if (stanzaId === undefined || !isLive || view.heard.some((said) => said.stanzaId === stanzaId)) return;
    view.heard.push({ stanzaId, id: stanza.attrs.id ?? "" });
    this.messages += 1;
  }

  /**
   * Returns the differences between the views and the store. If `isTold`, everything in the store must have been told;
   * otherwise only received messages are compared.
   */
  compare(node: string, { room, archive }: Found, isTold: boolean): string[] {
    const view = this.#room(node);
    if (!room) {
      const inside = isTold ? this.inside(node) : [];
      this.#rooms.delete(node);
      return inside.map((jid) => `${jid} is told to be in ${node}, which is not kept`);
    }
    const faults = compareMessages(view, archive, isTold);
    if (isTold) faults.push(...this.#compareOccupants(view, room));
    return faults.map((fault) => `${node}: ${fault}`);
  }

  #compareOccupants(view: RoomView, room: RoomRecord): string[] {
    const faults: string[] = [];
    const affiliations = new Map(room.affiliations.map(({ jid, affiliation }) => [jid, affiliation]));
    const kept = new Map(room.sessions.map((session) => [session.jid, session]));
    const roster = new Map(
      room.sessions.map(({ jid, nick, role }) => {
        const affiliation = this.#isAdmin(bareOf(jid)) ? "owner" : (affiliations.get(bareOf(jid)) ?? "none");
        return [nick, `${affiliation}/${role}`];
      }),
    );
    for (const [jid, told] of view.clients) {
      const session = kept.get(jid);
      if (told.present !== (session !== undefined))
        faults.push(`${jid} is told to be ${told.present ? "inside" : "outside"}, and is not`);
      if (!told.present || !session) continue;
      if (told.nick !== session.nick)
        faults.push(`${jid} is told to be ${told.nick}, and is ${session.nick}`);
      if (linesOf(told.roster) !== linesOf(roster))
        faults.push(`${jid} is told of ${linesOf(told.roster)}; inside are ${linesOf(roster)}`);
    }
    for (const jid of kept.keys())
      if (!view.clients.get(jid)?.present) faults.push(`${jid} is inside untold`);
    if (view.subject !== undefined && view.subject !== (room.subject?.text ?? ""))
      faults.push(`the subject is told to be "${view.subject}", and is "${room.subject?.text}"`);
    return faults;
  }
}

/** Checks that each received message is in the archive once, under the told stanza-id, in the same order. */
function compareMessages(view: RoomView, archive: Found["archive"], isTold: boolean): string[] {
  const places = new Map<string, number[]>();
  for (const [place, { stanzaId, id }] of archive.entries())
    for (const key of [`stanza-id ${stanzaId}`, `id ${id}`])
      places.set(key, [...(places.get(key) ?? []), place]);
  // The room may have been destroyed and created again before anybody was told.
  if (!isTold && !places.has(`stanza-id ${view.heard[0]?.stanzaId}`)) view.heard = [];
  const faults: string[] = [];
  let last = -1;
  for (const { stanzaId, id } of view.heard) {
    const found = places.get(`stanza-id ${stanzaId}`) ?? [];
    if (found.length !== 1) faults.push(`message ${id} was heard and is kept ${found.length} times`);
    else if ((places.get(`id ${id}`) ?? []).length !== 1) faults.push(`message ${id} is kept twice`);
    else if ((found[0] ?? 0) <= last) faults.push(`message ${id} is kept out of order`);
    last = found[0] ?? last;
  }
  return faults;
}

const linesOf = (roster: ReadonlyMap<string, string>): string =>
  [...roster]
    .map(([nick, state]) => `${nick} ${state}`)
    .toSorted()
    .join(", ");
