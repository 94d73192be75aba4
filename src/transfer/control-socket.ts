// The Unix socket on which `verona backup` asks the running service, which alone may open the database.
import { rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";

/** Returns the path of the socket that belongs to a database. */
export const socketPath = (database: string): string => `${database}.socket`;

/** Longest path of a socket, in bytes, that all systems allow. */
const LONGEST_PATH = 100;
/** Requests and answers are one line each. */
const LONGEST_LINE = 10_000;

export interface ControlSocket {
  close(): void;
}

/**
 * Answers each request line with the result of `answer`, or with "error: " and the message of what it throws. Only the
 * same user may connect. Throws if the socket cannot be created.
 */
export async function openControlSocket(
  path: string,
  answer: (request: string) => Promise<string>,
): Promise<ControlSocket> {
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new Error(`the path of a socket has at most ${LONGEST_PATH} bytes`);
  // The caller holds the database's lock, so an existing socket was left behind by a service that was killed.
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => {});
    readLine(socket)
      .then(answer)
      .catch((error) => `error: ${error instanceof Error ? error.message : String(error)}`)
      .then((text) => socket.end(`${text.replaceAll("\n", " ")}\n`));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  const before = process.umask(0o177);
  server.listen(path, resolve);
  process.umask(before);
  await promise;
  return { close: () => server.close() };
}

/** Sends a request to the running service. Returns undefined if none listens; throws the error that it answers. */
export async function askService(path: string, request: string): Promise<string | undefined> {
  if (Buffer.byteLength(path) > LONGEST_PATH) return undefined;
  const socket = connect(path);
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  socket.once("connect", () => resolve(true));
  socket.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(false);
    else reject(error);
  });
  if (!(await promise)) return undefined;
  socket.write(`${request}\n`);
  const answer = await readLine(socket);
  socket.destroy();
  if (answer.startsWith("error: ")) throw new Error(answer.slice("error: ".length));
  return answer;
}

async function readLine(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8");
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
    if (text.length > LONGEST_LINE) break;
  }
  throw new Error("the connection ended within a line");
}
