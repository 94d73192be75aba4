// Events as a reason to ask again.
import { followEvents } from "./event-stream.ts";
import { useEffect, useRef } from "./html.ts";
import { useSession } from "./session.ts";

/** Milliseconds that a view waits for further events before it asks again. */
const TOGETHER_MS = 1_000;

/** Calls `changed` soon after something has happened in some rooms, while the view is shown. */
export function useEvents(changed: () => void, rooms: readonly string[]): void {
  const { api } = useSession();
  const latest = useRef(changed);
  latest.current = changed;
  const key = rooms.join("\n");
  useEffect(() => {
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        latest.current();
      }, TOGETHER_MS);
    };
    followEvents(api, rooms, heard, ending.signal);
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [api, key]);
}
