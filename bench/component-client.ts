// The component's side of XEP-0114, for a load that is a component of a real server.
import { once } from "node:events";
import { connect } from "node:net";
import { componentHeader, handshake, streamIdOf } from "../dev/component-handshake.ts";
import { type ComponentConnection, connectionOf } from "./component-connection.ts";

export interface ClientConnection extends ComponentConnection {
  close(): void;
}

interface Target {
  readonly host: string;
  readonly componentPort: number;
}

/** Connects to a server as its component `domain`. Rejects if the server refuses. */
export async function connectAsComponent(
  { host, componentPort }: Target,
  domain: string,
  secret: string,
): Promise<ClientConnection> {
  const socket = connect({ host, port: componentPort, noDelay: true });
  await once(socket, "connect");
  const connection = connectionOf(socket);
  let answer = "";
  const gather = (pattern: RegExp) => (tags: Buffer) => {
    answer += tags.toString();
    if (answer.includes("<stream:error")) throw new Error(`the server refuses: ${answer}`);
    return pattern.test(answer);
  };
  const header = connection.readUntil(gather(/<stream:stream [^>]*>/));
  connection.write(componentHeader(domain));
  await header;
  const accepted = connection.readUntil(gather(/<handshake/));
  connection.write(handshake(streamIdOf(answer) ?? "", secret));
  await accepted;
  return { ...connection, close: () => socket.destroy() };
}
