// A listener that may not find its address free: the service runs without it, and tries again.
import type { Logger } from "pino";

/** The time between attempts to listen, in milliseconds. */
const RETRY_MS = 30_000;

interface Listener {
  readonly port: number;
  close(): void | Promise<void>;
}

interface ListenerParts {
  readonly setting: { readonly host: string; readonly port: number };
  /** Name of the setting's section, and a port to suggest. */
  readonly section: string;
  readonly suggested: number;
  /** Subject and verb of the log: "metrics are". */
  readonly subject: string;
  open(): Promise<Listener>;
}

/**
 * Opens a listener. If it cannot listen, logs each reason once and tries again every 30 seconds, until it is closed. Resolves after
 * the first attempt.
 */
export async function openRetried(
  { setting, section, suggested, subject, open }: ListenerParts,
  log: Pick<Logger, "info" | "error">,
): Promise<{ close(): Promise<void> }> {
  let listener: Listener | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  let lastFault = "";

  async function attempt(): Promise<void> {
    try {
      listener = await open();
      if (isClosed) await listener.close();
      else log.info({ host: setting.host, port: listener.port }, `${subject} served`);
    } catch (error) {
      const fault = describeFault(error, setting, section, suggested);
      if (fault !== lastFault) log.error(`${subject} not served: ${fault}`);
      lastFault = fault;
      if (!isClosed) retry = setTimeout(attempt, RETRY_MS).unref();
    }
  }

  await attempt();
  return {
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await listener?.close();
    },
  };
}

function describeFault(
  error: unknown,
  { host, port }: ListenerParts["setting"],
  section: string,
  suggested: number,
): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return `${host}:${port} is already in use; change ${section}.port, or stop the other program`;
    case "EACCES":
      return `this user may not listen on port ${port}; change ${section}.port, for example to ${suggested}`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${host} is not an address of this machine; change ${section}.host`;
    default:
      return `nothing can listen on ${host}:${port}: ${message}`;
  }
}
