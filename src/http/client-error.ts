// Connections on which no request can be read.
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { requestProblem } from "./problem.ts";

const STATUS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Answers what is no request, or comes too slowly, and closes the connection. */
export function refuseConnection({ code = "" }: { readonly code?: string }, socket: Socket): void {
  const status = STATUS[code] ?? 400;
  const { body, type } = requestProblem(status, "This request cannot be read, or came too slowly");
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "connection: close",
    `content-type: ${type}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  if (socket.writable && socket.bytesWritten === 0) socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  socket.destroySoon();
}
