// The stream of events (Server-Sent Events). Browsers' own reader of it sends no token.
import type { Api } from "./api.ts";

/** Milliseconds before the next try; longer after each that failed. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Longest text that waits for the end of its event. */
const MOST_WAITING = 1_000_000;

/** Calls back for each event that a query asks for, and when some may have been missed, until it is aborted. */
export async function followEvents(
  api: Api,
  query: URLSearchParams,
  heard: () => void,
  signal: AbortSignal,
): Promise<void> {
  let wait = FIRST_WAIT_MS;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      const response = await api.send({ method: "GET", path: "/v1/events", query, signal });
      if (!isFirst) heard();
      wait = FIRST_WAIT_MS;
      await readEvents(response, heard);
    } catch {
      // The next try follows.
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
  }
}

async function readEvents({ body }: Response, heard: () => void): Promise<void> {
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value } = (await reader?.read()) ?? {};
    if (value === undefined) return;
    const events = `${rest}${value}`.split("\n\n");
    rest = (events.pop() ?? "").slice(-MOST_WAITING);
    if (events.some((event) => event.startsWith("id:") || event.startsWith("event:"))) heard();
  }
}
