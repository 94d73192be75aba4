// Clients of a real server (RFC 6120). The connections of all users are used as if they were one.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ComponentConnection, readerOf } from "./component-connection.ts";
import { jidOf, PASSWORD, RESOURCE, USERS } from "./users.ts";

export interface ClientConnections extends ComponentConnection {
  close(): void;
}

interface Target {
  readonly host: string;
  readonly clientPort: number;
}

/** Number of clients that log in at a time. */
const WINDOW = 20;
const STANZA = /<(presence|iq|message) [^>]*?from="([^"@]+)@[^>]*>.*?<\/\1>/gs;
const STREAM = `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="${USERS}" version="1.0">`;

/**
 * Logs users in. A stanza is written to the connection of its sender; everything they receive is read as one stream.
 * Rejects if a user is refused.
 */
export async function connectAsClients(target: Target, users: readonly string[]): Promise<ClientConnections> {
  const sockets = new Map<string, Socket>();
  for (let start = 0; start < users.length; start += WINDOW)
    await Promise.all(
      users.slice(start, start + WINDOW).map(async (user) => sockets.set(user, await login(target, user))),
    );
  return {
    write(stanzas) {
      for (const [stanza, , user] of stanzas.matchAll(STANZA)) sockets.get(String(user))?.write(stanza);
    },
    readUntil: readerOf([...sockets.values()]),
    close() {
      for (const socket of sockets.values()) socket.destroy();
    },
  };
}

async function login({ host, clientPort }: Target, user: string): Promise<Socket> {
  const socket = connect({ host, port: clientPort, noDelay: true });
  await once(socket, "connect");
  const readUntil = readerOf([socket]);
  const ask = async (text: string, answer: string): Promise<void> => {
    let heard = "";
    const answered = readUntil((tags) => {
      heard += tags.toString();
      if (/<failure|<stream:error| type=['"]error/.test(heard))
        throw new Error(`${user} is refused: ${heard}`);
      return heard.includes(answer);
    });
    socket.write(text);
    await answered;
  };
  const credentials = Buffer.from(`\0${user}\0${PASSWORD}`).toString("base64");
  await ask(STREAM, "</stream:features>");
  await ask(
    `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${credentials}</auth>`,
    "<success",
  );
  await ask(STREAM, "</stream:features>");
  const bind = `<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>${RESOURCE}</resource></bind>`;
  await ask(`<iq type="set" id="bind">${bind}</iq>`, `${jidOf(user)}</jid>`);
  socket.removeAllListeners();
  return socket;
}
