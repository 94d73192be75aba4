import { once } from "node:events";
import { connect } from "node:net";

/** Milliseconds for the connection. */
const PATIENCE_MS = 1_000;

/** Tries to open a TCP connection to the XMPP server's component listener, and closes it. Never rejects. */
export async function reachesServer({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(PATIENCE_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
