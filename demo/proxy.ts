// Passes requests of the demo's page on to Verona's own ports, as an operator's proxy does. So all has one origin.
import { type IncomingMessage, request, type ServerResponse } from "node:http";

export interface Passed {
  /** Beginning of the paths that are passed on. */
  readonly prefix: string;
  readonly port: number;
  /** The port does not know the prefix. */
  readonly isCut?: boolean;
}

/** Passes a request on if its path is one of those; returns false otherwise. */
export function passOn(all: readonly Passed[], incoming: IncomingMessage, response: ServerResponse): boolean {
  const { url = "/", method = "GET", headers } = incoming;
  const passed = all.find(({ prefix }) => url.startsWith(prefix));
  if (!passed) return false;
  const path = passed.isCut ? `/${url.slice(passed.prefix.length)}` : url;
  const outgoing = request({ host: "127.0.0.1", port: passed.port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...inFrame(answer.headers) });
    answer.pipe(response);
  });
  outgoing.on("error", () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  response.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
  return true;
}

/** Lets the demo show in a frame what no other page may. */
function inFrame(headers: IncomingMessage["headers"]): Record<string, string> {
  const policy = headers["content-security-policy"];
  if (typeof policy !== "string") return {};
  return { "content-security-policy": policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'") };
}
