/** Describes a fault of the connection to NATS in one line that says what the operator should change. */
export function describeNatsFault(fault: unknown, servers: readonly URL[]): string {
  const { name, message, cause } = fault instanceof Error ? fault : new Error(String(fault));
  const hosts = servers.map(({ host }) => host).join(", ");
  switch (codeOf(cause) ?? codeOf(fault) ?? name) {
    case "AuthorizationError":
      return `NATS at ${hosts} refuses the user or the password: correct them in the address of NATS`;
    case "PermissionViolationError":
      return `NATS at ${hosts} refuses what Verona needs: allow its user to publish and subscribe to verona.> (${message})`;
    case "ECONNREFUSED":
      return `nothing listens on ${hosts}: start NATS, or correct its address`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `unknown host among ${hosts}: correct the address of NATS`;
    default:
      return `the connection to NATS at ${hosts} failed: ${message}`;
  }
}

/** Returns the code of an error of the operating system or the resolver. */
function codeOf(fault: unknown): string | undefined {
  return fault instanceof Error && "code" in fault && typeof fault.code === "string" ? fault.code : undefined;
}
