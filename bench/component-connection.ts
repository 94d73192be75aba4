// A stream of the load. Bytes are written and handed on without parsing.
import type { Socket } from "node:net";
import { WholeTags } from "./tag-scan.ts";

/** Longest silence of the other side while something is awaited, in milliseconds. */
const PATIENCE_MS = 60_000;
const FOOTER = Buffer.from("</stream:stream>");

export interface ComponentConnection {
  write(stanzas: string): void;
  /**
   * Passes incoming bytes to `read`, whole tags at a time, until it returns true. Rejects if `read` throws, the other
   * side closes the connection, or nothing arrives for a minute. Bytes that nobody reads are dropped.
   */
  readUntil(read: (tags: Buffer) => boolean): Promise<void>;
}

/** Wraps a socket, and handles its data, errors and close. */
export function connectionOf(socket: Socket): ComponentConnection {
  return { write: (stanzas) => void socket.write(stanzas), readUntil: readerOf([socket]) };
}

/** Reads several sockets as one stream, and handles their data, errors and close. */
export function readerOf(sockets: readonly Socket[]): ComponentConnection["readUntil"] {
  let receive: (tags: Buffer) => void = () => {};
  let lose: (fault: Error) => void = () => {};
  let arrivedAt = performance.now();
  for (const socket of sockets) {
    const whole = new WholeTags();
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      arrivedAt = performance.now();
      const tags = whole.take(chunk);
      receive(tags);
      // A component that stops closes its stream and waits for the server to do the same.
      if (tags.subarray(-FOOTER.length).equals(FOOTER)) socket.end(FOOTER);
    });
    socket.on("close", () => lose(new Error("the other side has closed the connection")));
  }
  return async (read) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    arrivedAt = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - arrivedAt > PATIENCE_MS)
        reject(new Error(`nothing more arrived for ${PATIENCE_MS} ms`));
    }, 1_000);
    lose = reject;
    receive = (tags) => {
      try {
        if (read(tags)) resolve();
      } catch (error) {
        reject(error);
      }
    };
    try {
      await promise;
    } finally {
      clearInterval(timer);
      receive = () => {};
      lose = () => {};
    }
  };
}
