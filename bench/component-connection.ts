// A stream as the load uses it: bytes out, bytes in, unread.
import type { Socket } from "node:net";
import { WholeTags } from "./tag-scan.ts";

/** So long nothing at all may arrive while something is waited for, however long a scenario takes. */
const PATIENCE_MS = 60_000;
const FOOTER = Buffer.from("</stream:stream>");

export interface ComponentConnection {
  write(stanzas: string): void;
  /**
   * Hands what arrives to `read`, whole tags at a time, until that returns true. Rejects where `read` throws, the
   * other side goes away, or nothing arrives for a minute. What arrives while nobody reads is dropped.
   */
  readUntil(read: (tags: Buffer) => boolean): Promise<void>;
}

/** Takes over the socket's data, its errors and its close. */
export function connectionOf(socket: Socket): ComponentConnection {
  return { write: (stanzas) => void socket.write(stanzas), readUntil: readerOf([socket]) };
}

/** What several sockets get is read as one stream; they are taken over. */
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
      // Who stops closes its stream and waits for the same.
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
