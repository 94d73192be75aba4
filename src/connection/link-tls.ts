// TLS on the connection to the XMPP server.
import type { Socket } from "node:net";
import { connect } from "node:tls";

/** How the server's certificate is checked. */
export interface LinkTls {
  /** Certificates (PEM) that are trusted; those that Node.js trusts if undefined. */
  readonly ca: string | undefined;
  /** Name that the certificate has to have. */
  readonly name: string;
}

/**
 * Returns a class whose objects are sockets that connect with TLS, as the XMPP library makes its socket by `new`. A socket ends with
 * an error, before a secret is sent, unless the server has a certificate of that name. What is written waits for the handshake.
 */
export function secureSocketClass(host: string, port: number, { ca, name }: LinkTls): new () => Socket {
  const make = function make(): Socket {
    const socket = connect({ host, port, servername: name, ...(ca !== undefined && { ca }) });
    // The library calls it when it has added its listeners.
    socket.connect = () => socket;
    return socket;
  };
  return make as unknown as new () => Socket;
}
