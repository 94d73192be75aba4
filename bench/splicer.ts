// The ceiling: a component without rules. A user who sends presence to a room gets copies of all presences there and of
// all later groupchat messages, spliced as strings. It understands only what the scenarios send.
// Usage: node bench/splicer.ts HOST PORT DOMAIN SECRET [--prepared]
// With --prepared it makes only the sender's copy; the others are the same bytes each time, without the id.
import { connect } from "node:net";
import { ACCEPTED, componentHeader, handshake, streamIdOf } from "../dev/component-handshake.ts";
import { QUIET_PREFIX } from "./users.ts";

/** A stanza without the value of its attribute "to". */
interface Stanza {
  readonly head: string;
  readonly tail: string;
}

const STANZA = /<(presence|iq|message) ([^>]*)>(.*?)<\/\1>/gs;

const [host, port, domain, secret, option] = process.argv.slice(2);
const socket = connect({ host: String(host), port: Number(port), noDelay: true });
/** The occupants' presences, by room and by address. */
const rooms = new Map<string, Map<string, Stanza>>();
/** Copies that are written after the answers, and their template. */
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

/** Opens the stream. The first stanza may arrive together with the server's answer. */
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
  // Quiet rooms broadcast no presence.
  const others = room.startsWith(QUIET_PREFIX) ? "" : copies(presence, occupants);
  let seen = "";
  if (isNew && !room.startsWith(QUIET_PREFIX))
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

/** Makes the copies for all but one occupant. */
function prepare({ head, tail }: Stanza, occupants: ReadonlyMap<string, Stanza>): Buffer {
  const others = new Map([...occupants].slice(1));
  return Buffer.from(copies({ head: head.replace(/ id="[^"]*"/, ' id="prepared"'), tail }, others));
}

/** Returns the value of an attribute, in either kind of quotes. */
function attribute(attributes: string, name: string): string {
  const start = attributes.indexOf(`${name}=`) + name.length + 2;
  return attributes.slice(start, attributes.indexOf(attributes[start - 1] ?? "", start));
}
