// The ceiling: a component with no rules at all. Whoever sends presence to a room gets a copy of everybody's presence
// there and of every groupchat message after that, spliced as strings. It understands no more than what the scenarios
// send.
// Usage: node bench/splicer.ts HOST PORT DOMAIN SECRET [--prepared]
// With --prepared only the speaker's copy is made; the others are the same bytes each time, without the speaker's id.
import { connect } from "node:net";
import { ACCEPTED, componentHeader, handshake, streamIdOf } from "../dev/component-handshake.ts";

/** A stanza but for the address in its attribute "to". */
interface Stanza {
  readonly head: string;
  readonly tail: string;
}

/** What the names of quiet rooms begin with. */
const QUIET = "quiet";
const STANZA = /<(presence|iq|message) ([^>]*)>(.*?)<\/\1>/gs;

const [host, port, domain, secret, option] = process.argv.slice(2);
const socket = connect({ host: String(host), port: Number(port), noDelay: true });
/** The occupants' presence but for the attribute "to", by room and by address. */
const rooms = new Map<string, Map<string, Stanza>>();
/** What is written after the answers, and what it is made of. */
const prepared: Buffer[] = [];
let preparedCopies: Buffer | undefined;
let pending = "";
let online = false;

socket.setEncoding("utf8");
socket.write(componentHeader(String(domain)));
socket.on("data", (text: string) => {
  pending += text;
  if (!online) shakeHands();
  let end = 0;
  let answers = "";
  for (const match of pending.matchAll(STANZA)) {
    const [stanza, kind, attributes, payload] = match;
    end = match.index + stanza.length;
    answers += answer(String(kind), String(attributes), String(payload));
  }
  pending = pending.slice(end);
  if (answers !== "") socket.write(answers);
  for (const bytes of prepared.splice(0)) socket.write(bytes);
});
socket.on("close", () => process.exit(0));

/** The first stanza may come with the server's word. */
function shakeHands(): void {
  const id = streamIdOf(pending);
  if (id !== undefined) {
    pending = "";
    socket.write(handshake(id, String(secret)));
  } else if (pending.startsWith(ACCEPTED)) {
    pending = pending.slice(ACCEPTED.length);
    online = true;
    process.stdout.write("online\n");
  }
}

function answer(kind: string, attributes: string, payload: string): string {
  const from = attribute(attributes, "from");
  const [room = "", nick = ""] = attribute(attributes, "to").split("/");
  const id = attribute(attributes, "id");
  if (kind === "iq") return `<iq type="result" id="${id}" from="${room}" to="${from}"/>`;
  let occupants = rooms.get(room);
  if (!occupants) {
    occupants = new Map();
    rooms.set(room, occupants);
  }
  if (kind === "message") {
    const head = `<message type="groupchat" from="${room}/${from.replace(/@.*/, "")}" id="${id}" to="`;
    const message = { head, tail: `">${payload}</message>` };
    if (option !== "--prepared") return copies(message, occupants);
    preparedCopies ??= prepare(message, occupants);
    prepared.push(preparedCopies);
    return message.head + from + message.tail;
  }
  const isLeaving = attributes.includes("unavailable");
  const type = isLeaving ? ' type="unavailable"' : "";
  const shown = payload.startsWith("<x ") ? "" : payload;
  const presence = {
    head: `<presence${type} from="${room}/${nick}" to="`,
    tail: `">${shown}<x xmlns="http://jabber.org/protocol/muc#user"><item affiliation="none" role="participant"/></x></presence>`,
  };
  const own = `${presence.head}${from}${presence.tail.replace("</x>", '<status code="110"/></x>')}`;
  const isNew = !occupants.delete(from);
  // In a quiet room nobody is shown to others.
  const others = room.startsWith(QUIET) ? "" : copies(presence, occupants);
  let seen = "";
  if (isNew && !room.startsWith(QUIET))
    for (const { head, tail } of occupants.values()) seen += head + from + tail;
  if (!isLeaving) occupants.set(from, presence);
  const subject = isNew ? `<message type="groupchat" from="${room}" to="${from}"><subject/></message>` : "";
  return seen + others + own + subject;
}

function copies({ head, tail }: Stanza, occupants: ReadonlyMap<string, Stanza>): string {
  let text = "";
  for (const recipient of occupants.keys()) text += head + recipient + tail;
  return text;
}

/** For all but one. */
function prepare({ head, tail }: Stanza, occupants: ReadonlyMap<string, Stanza>): Buffer {
  const others = new Map([...occupants].slice(1));
  return Buffer.from(copies({ head: head.replace(/ id="[^"]*"/, ' id="prepared"'), tail }, others));
}

/** Servers write either kind of quotes. */
function attribute(attributes: string, name: string): string {
  const start = attributes.indexOf(`${name}=`) + name.length + 2;
  return attributes.slice(start, attributes.indexOf(attributes[start - 1] ?? "", start));
}
