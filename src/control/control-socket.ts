// The Unix socket on which the command line calls operations of the running service.
import { rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** Longest path of a socket, in bytes, that all systems allow. */
const LONGEST_PATH = 100;
/** Requests are one line each. */
const LONGEST_REQUEST = 10_000_000;

export interface ControlSocket {
  close(): void;
}

/** Answers a request line with one or more lines. */
export type Answer = (request: string) => AsyncIterable<string>;

/**
 * Answers requests at a path, which only the same user may connect to. Throws if the socket cannot be created, or if another
 * process answers there.
 */
export async function openControlSocket(path: string, answer: Answer): Promise<ControlSocket> {
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new Error(`the path of a socket has at most ${LONGEST_PATH} bytes`);
  const other = await connectTo(path);
  other?.destroy();
  if (other) throw new Error("another process answers there");
  // Left behind by a service that was killed.
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    serve(socket, answer).catch(() => socket.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  const before = process.umask(0o177);
  server.listen(path, resolve);
  process.umask(before);
  await promise;
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function serve(socket: Socket, answer: Answer): Promise<void> {
  const request = await readRequest(socket);
  for await (const line of answer(request)) {
    if (socket.destroyed) return;
    if (!socket.write(`${line}\n`)) await drained(socket);
  }
  socket.end();
}

/** Resolves when the socket takes more, or is closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}

/**
 * Sends a request to the running service. Resolves with the lines of the answer; undefined if no service listens at the path.
 * Rejects if this user may not connect.
 */
export async function askService(path: string, request: string): Promise<AsyncIterable<string> | undefined> {
  if (Buffer.byteLength(path) > LONGEST_PATH) return undefined;
  const socket = await connectTo(path);
  if (!socket) return undefined;
  socket.write(`${request}\n`);
  return createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
}

async function connectTo(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  socket.once("connect", () => resolve(true));
  socket.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ECONNREFUSED" || error.code === "ENOTSOCK") resolve(false);
    else reject(error);
  });
  return (await promise) ? socket : undefined;
}

async function readRequest(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8");
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
    if (text.length > LONGEST_REQUEST) break;
  }
  throw new Error("the connection ended within a line");
}
