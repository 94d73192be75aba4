// The load: mostly stanzas that the room allows in its current state, sometimes others.
import type { Room } from "../../src/muc/room/room.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import type { Random } from "./random.ts";

export const DOMAIN = "chat.example";
/** An administrator of the service, who may use the name of a room that moved away. */
export const ADMIN = "abbot@abbey.example";
const USERS = [
  ADMIN,
  ...["romeo", "juliet", "nurse", "tybalt", "paris"].map((name) => `${name}@verona.example`),
];
export const CLIENTS = USERS.flatMap((user) => [`${user}/desk`, `${user}/phone`]);
export const NODES = ["hall", "cell", "garden", "crypt", "balcony"];
const AFFILIATIONS = ["member", "member", "admin", "owner", "none", "outcast"];

const nameOf = (jid: string): string => jid.slice(0, jid.indexOf("@"));

/** Makes stanzas to rooms. Every identifier and text is used once. */
export class Load {
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Returns a random stanza to a room, which may not exist. */
  next(node: string, room: Room | undefined): string {
    const random = this.#random;
    if (!room) return this.enter(node, random.of(CLIENTS));
    const inside = [...room.sessions.keys()];
    if (room.locked) return this.#firstConfiguration(room, this.#owner(room));
    const outside = CLIENTS.filter((client) => !room.sessions.has(client));
    const somebody = random.of(random.chance(0.95) && inside.length > 0 ? inside : CLIENTS);
    const choice = random.below(100);
    if (inside.length === 0 || (choice < 14 && outside.length > 0))
      return this.enter(node, random.of(outside));
    if (choice < 22) return this.#leave(room, somebody);
    if (choice < 32) return this.#presence(room, somebody);
    if (choice < 36) return this.#rename(room, somebody);
    if (choice < 66) return this.#message(room, somebody, this.#body());
    if (choice < 71) return this.#message(room, somebody, `<subject>${this.#text()}</subject>`);
    if (choice < 74) return this.#private(room, somebody);
    if (choice < 82) return this.#affiliations(room);
    if (choice < 87) return this.#roles(room);
    if (choice < 92) return this.#configuration(room);
    if (choice < 96) return this.#registration(room, random.of(CLIENTS));
    if (choice < 98) return this.#destroy(room);
    return this.#iq("get", random.of(CLIENTS), node, `<query xmlns="${NS.discoInfo}"/>`);
  }

  /** Returns the queries of owners and occupants after a restart. */
  questions(node: string, room: Room | undefined, inside: readonly string[]): string[] {
    const { ping, mucAdmin, mucOwner, discoInfo } = NS;
    const somebody = this.#random.of(CLIENTS);
    const pings = [...new Set([...inside, somebody])].map((client) => {
      const nick = room?.sessions.get(client)?.nick ?? nameOf(client);
      return this.#iq("get", client, `${node}`, `<ping xmlns="${ping}"/>`, nick);
    });
    const asker = room ? this.#owner(room) : somebody;
    const lists = ["owner", "admin", "member", "outcast"].map((affiliation) =>
      this.#iq("get", asker, node, `<query xmlns="${mucAdmin}"><item affiliation="${affiliation}"/></query>`),
    );
    const forms = [`<query xmlns="${mucOwner}"/>`, `<query xmlns="${discoInfo}"/>`].map((query) =>
      this.#iq("get", asker, node, query),
    );
    return [...pings, ...lists, ...forms];
  }

  /** Returns the presence that enters a room, also again. */
  enter(node: string, client: string, nick = this.#nickOf(client)): string {
    return `<presence id="${this.#id()}" from="${client}" to="${node}@${DOMAIN}/${nick}"><x xmlns="${NS.muc}"/></presence>`;
  }

  #id(): string {
    this.#count += 1;
    return `s${this.#count}`;
  }

  #text(): string {
    return `t${this.#count + 1} ${this.#random.of(["hail", "fie", "&lt;&amp;&gt;", "\u{1F469}\u200d\u{1F680}"])}`;
  }

  #body(): string {
    const size = this.#random.chance(0.05) ? 3_000 : 1;
    return `<body>${this.#text().repeat(size)}</body>`;
  }

  #nickOf(client: string): string {
    const name = nameOf(client);
    return this.#random.of([name, name, name, `${name} of ${client.slice(client.indexOf("/") + 1)}`]);
  }

  #owner(room: Room): string {
    const owners = [...room.affiliations.values()].filter(({ affiliation }) => affiliation === "owner");
    return `${this.#random.of(owners).jid}/desk`;
  }

  #iq(type: string, from: string, node: string, payload: string, nick?: string): string {
    const to = `${node}@${DOMAIN}${nick === undefined ? "" : `/${nick}`}`;
    return `<iq type="${type}" id="${this.#id()}" from="${from}" to="${to}">${payload}</iq>`;
  }

  #leave(room: Room, from: string): string {
    const nick = room.sessions.get(from)?.nick ?? "nobody";
    return `<presence type="unavailable" from="${from}" to="${room.occupantAddress(nick)}"><status>${this.#text()}</status></presence>`;
  }

  #presence(room: Room, from: string): string {
    const nick = room.sessions.get(from)?.nick ?? "nobody";
    return `<presence id="${this.#id()}" from="${from}" to="${room.occupantAddress(nick)}"><show>away</show><status>${this.#text()}</status></presence>`;
  }

  #rename(room: Room, from: string): string {
    return `<presence id="${this.#id()}" from="${from}" to="${room.occupantAddress(this.#nickOf(from))}"/>`;
  }

  #message(room: Room, from: string, content: string): string {
    return `<message type="groupchat" id="${this.#id()}" from="${from}" to="${room.address}">${content}</message>`;
  }

  #private(room: Room, from: string): string {
    const nick = this.#random.of([...room.occupants.keys()]);
    return `<message type="chat" id="${this.#id()}" from="${from}" to="${room.occupantAddress(nick)}"><body>${this.#text()}</body></message>`;
  }

  /** Changes the affiliations of one to four users at once, some with a reserved nickname. */
  #affiliations(room: Room): string {
    const random = this.#random;
    const users = USERS.filter(() => random.chance(0.4)).slice(0, 4);
    const items = (users.length > 0 ? users : [random.of(USERS)]).map((jid) => {
      const nick = random.chance(0.3) ? ` nick="${random.of([nameOf(jid), `${nameOf(jid)} reserved`])}"` : "";
      const affiliation = random.of(AFFILIATIONS);
      return `<item affiliation="${affiliation}" jid="${jid}"${nick}><reason>${this.#text()}</reason></item>`;
    });
    const query = `<query xmlns="${NS.mucAdmin}">${items.join("")}</query>`;
    return this.#iq("set", this.#owner(room), room.node, query);
  }

  #roles(room: Room): string {
    const random = this.#random;
    const roles = ["visitor", "participant", "participant", "moderator", "none"];
    const items = [...room.occupants.keys()]
      .filter(() => random.chance(0.3))
      .map(
        (nick) => `<item nick="${nick}" role="${random.of(roles)}"><reason>${this.#text()}</reason></item>`,
      );
    const query = `<query xmlns="${NS.mucAdmin}">${items.join("")}</query>`;
    return this.#iq("set", random.of([...room.sessions.keys()]), room.node, query);
  }

  #form(fields: Record<string, string>): string {
    const written = Object.entries(fields).map(
      ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
    );
    const type = `<field var="FORM_TYPE"><value>${NS.mucRoomConfig}</value></field>`;
    return `<query xmlns="${NS.mucOwner}"><x xmlns="jabber:x:data" type="submit">${type}${written.join("")}</x></query>`;
  }

  #firstConfiguration(room: Room, owner: string): string {
    if (this.#random.chance(0.1)) {
      const cancel = `<query xmlns="${NS.mucOwner}"><x xmlns="jabber:x:data" type="cancel"/></query>`;
      return this.#iq("set", owner, room.node, cancel);
    }
    const persistent = this.#random.chance(0.7) ? "1" : "0";
    const fields = { "muc#roomconfig_persistentroom": persistent, "muc#roomconfig_roomname": this.#text() };
    return this.#iq("set", owner, room.node, this.#form(fields));
  }

  #configuration(room: Room): string {
    const random = this.#random;
    const yesOrNo = (probability: number): string => (random.chance(probability) ? "1" : "0");
    const fields = {
      "muc#roomconfig_roomname": this.#text(),
      "muc#roomconfig_persistentroom": yesOrNo(0.7),
      "muc#roomconfig_membersonly": yesOrNo(0.15),
      "muc#roomconfig_moderatedroom": yesOrNo(0.3),
      "muc#roomconfig_whois": random.of(["anyone", "moderators"]),
      "verona#open_registration": yesOrNo(0.7),
    };
    const some = Object.fromEntries(Object.entries(fields).filter(() => random.chance(0.5)));
    return this.#iq("set", this.#owner(room), room.node, this.#form(some));
  }

  #registration(room: Room, from: string): string {
    const field = `<field var="muc#register_roomnick"><value>${nameOf(from)}</value></field>`;
    const type = `<field var="FORM_TYPE"><value>${NS.mucRegister}</value></field>`;
    const form = `<x xmlns="jabber:x:data" type="submit">${type}${field}</x>`;
    const content = this.#random.chance(0.7) ? form : "<remove/>";
    return this.#iq("set", from, room.node, `<query xmlns="${NS.register}">${content}</query>`);
  }

  #destroy(room: Room): string {
    const venue = this.#random.chance(0.3) ? ` jid="elsewhere@${DOMAIN}"` : "";
    const destroy = `<destroy${venue}><reason>${this.#text()}</reason></destroy>`;
    return this.#iq("set", this.#owner(room), room.node, `<query xmlns="${NS.mucOwner}">${destroy}</query>`);
  }
}
