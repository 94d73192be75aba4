// The ceiling: a component with no rules at all. Whoever sends presence gets a copy of every groupchat message after
// that, spliced as a string. It understands no more than what the scenarios send.
// Usage: node bench/splicer.ts HOST PORT DOMAIN SECRET
import { createHash } from "node:crypto";
import { connect } from "node:net";

const STANZA = /<(presence|iq|message) ([^>]*)>(.*?)<\/\1>/gs;

const [host, port, domain, secret] = process.argv.slice(2);
const socket = connect({ host: String(host), port: Number(port), noDelay: true });
const recipients: string[] = [];
let pending = "";
let online = false;

socket.setEncoding("utf8");
socket.write(
  `<stream:stream xmlns:stream="http://etherx.jabber.org/streams" xmlns="jabber:component:accept" to="${domain}">`,
);
socket.on("data", (text: string) => {
  pending += text;
  if (!online) shakeHands();
  let end = 0;
  let answers = "";
  for (const [stanza, kind, attributes, payload] of pending.matchAll(STANZA)) {
    end = pending.indexOf(stanza, end) + stanza.length;
    answers += answer(String(kind), String(attributes), String(payload));
  }
  pending = pending.slice(end);
  if (answers !== "") socket.write(answers);
});
socket.on("close", () => process.exit(0));

/** The first stanza may come with the server's word. */
function shakeHands(): void {
  const id = /<stream:stream [^>]*\bid='([^']*)'[^>]*>/.exec(pending)?.[1];
  if (id !== undefined) {
    pending = "";
    socket.write(`<handshake>${createHash("sha1").update(`${id}${secret}`).digest("hex")}</handshake>`);
  } else if (pending.startsWith("<handshake/>")) {
    pending = pending.slice("<handshake/>".length);
    online = true;
  }
}

function answer(kind: string, attributes: string, payload: string): string {
  const from = attribute(attributes, "from");
  const room = attribute(attributes, "to").replace(/\/.*/, "");
  const id = attribute(attributes, "id");
  if (kind === "iq") return `<iq type="result" id="${id}" from="${room}" to="${from}"/>`;
  if (kind === "presence") {
    recipients.push(from);
    return `<message type="groupchat" from="${room}" to="${from}"><subject/></message>`;
  }
  const head = `<message type="groupchat" from="${room}/${from.replace(/@.*/, "")}" id="${id}" to="`;
  const tail = `">${payload}</message>`;
  let copies = "";
  for (const recipient of recipients) copies += head + recipient + tail;
  return copies;
}

function attribute(attributes: string, name: string): string {
  const start = attributes.indexOf(`${name}="`) + name.length + 2;
  return attributes.slice(start, attributes.indexOf('"', start));
}
