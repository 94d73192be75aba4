interface LinkTarget {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
}

/** What went wrong with the link, in one line that says what the operator should change. */
export function describeLinkFault(error: unknown, { host, port, domain }: LinkTarget): string {
  const { condition, code, message } = readError(error);
  const address = `${host}:${port}`;
  switch (condition ?? code) {
    case "not-authorized":
      return `the server refuses the secret of ${domain}: make component.secret the same as the server's`;
    case "host-unknown":
      return `the server does not know the component ${domain}: add it to the server's configuration, or correct component.domain`;
    case "conflict":
      return `the server has a connection for ${domain} already: stop the other component, or give this one another domain`;
    case "ECONNREFUSED":
      return `nothing listens on ${address}: start the server, enable its component listener, or correct component.host and component.port`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host ${host} is not known: correct component.host`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return `${address} cannot be reached: check the network, or correct component.host and component.port`;
    default:
      if (condition) return `the server closed the stream: ${condition}`;
      return /timeout/i.test(message)
        ? `no answer from ${address}: is it the server's component listener (XEP-0114)?`
        : `the link to ${address} failed: ${message}`;
  }
}

function readError(error: unknown): { condition?: string; code?: string; message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { condition, code, name } = error as Error & { condition?: string; code?: string };
  const message = name === "TimeoutError" ? "timeout" : error.message;
  return {
    message,
    ...(condition === undefined ? {} : { condition }),
    ...(code === undefined ? {} : { code }),
  };
}
