interface LinkTarget {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  /** What the operator should change if the server refuses the domain or its secret; by default something in "component". */
  readonly refusalAdvice?: string;
}

/** The server's data is no XML stream; `cause` is the parser's fault. */
export class UnreadableStreamError extends Error {
  override readonly name = "UnreadableStreamError";

  constructor(cause: unknown) {
    super("unreadable stream", { cause });
  }
}

/** Returns true if the server has another connection for the domain (RFC 6120 section 4.9.3.3). */
export const isConflict = (error: unknown): boolean => readError(error).condition === "conflict";

/** Describes a fault of the link in one line that says what the operator should change. */
export function describeLinkFault(error: unknown, { host, port, domain, refusalAdvice }: LinkTarget): string {
  const { condition, code, name, message } = readError(error);
  const address = `${host}:${port}`;
  if (refusalAdvice !== undefined && (condition === "not-authorized" || condition === "host-unknown"))
    return `the server refuses the address ${domain}: ${refusalAdvice}`;
  switch (condition ?? code ?? name) {
    case "not-authorized":
      return `the server rejected the secret of ${domain}: set component.secret to the server's secret`;
    case "host-unknown":
      return `the server does not know the component ${domain}: add it to the server's configuration, or correct component.domain (or component.port, if it is the port for clients)`;
    case "conflict":
      return `the server has another connection for ${domain}: stop the other component, or change component.domain; if that connection hangs, let the server replace it (Prosody: component_conflict_resolve = "kick_old")`;
    case "invalid-namespace":
      return `${address} is not a component listener: correct component.port`;
    case "policy-violation":
      return "the server closed the stream because a stanza violated its policy, probably its size limit: raise that limit (Prosody: component_stanza_size_limit), or lower limits.sentStanzaBytes";
    case "ECONNREFUSED":
      return `nothing listens on ${address}: start the server, enable its component listener, or correct component.host and component.port`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `unknown host ${host}: correct component.host`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return `${address} cannot be reached: check the network, or correct component.host and component.port`;
    case "TimeoutError":
      return `no answer from ${address}: is it the server's component listener (XEP-0114)?`;
    case "UnreadableStreamError":
    case "XMLError":
      return `${address} does not send an XMPP stream: is it the server's component listener (XEP-0114)?`;
    default:
      return condition
        ? `the server closed the stream: ${condition}`
        : `the link to ${address} failed: ${message}`;
  }
}

interface LinkError {
  /** Condition of a stream error (RFC 6120 section 4.9.3). */
  readonly condition?: string;
  /** Error code of the operating system or the resolver. */
  readonly code?: string;
  readonly name: string;
  readonly message: string;
}

function readError(error: unknown): LinkError {
  return error instanceof Error ? error : { name: "", message: String(error) };
}
