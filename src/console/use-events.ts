// Events as a reason to ask again.
import { followEvents } from "./event-stream.ts";
import { useEffect, useRef } from "./html.ts";
import { useSession } from "./session.ts";

/** Milliseconds that a view waits for further events before it asks again. */
const TOGETHER_MS = 1_500;

/** Kinds of events that change what views show. Messages are not among them: a busy room has many. */
const COMMON = [
  "subject",
  "entry",
  "leave",
  "nickname",
  "role",
  "affiliation",
  "configuration",
  "room-destroyed",
];
const STAFF = ["report", "act"];

/**
 * Calls `changed` soon after something has happened in a room, while the view is shown; without a room, when staff has something
 * to do or did something in any room. A view has one stream, as a token may have four.
 */
export function useEvents(changed: () => void, room?: string): void {
  const { api, token } = useSession();
  const latest = useRef(changed);
  latest.current = changed;
  useEffect(() => {
    const isStaff = token.scope !== "read";
    if (room === undefined && !isStaff) return;
    const kinds = [...(room === undefined ? [] : COMMON), ...(isStaff ? STAFF : [])];
    const query = new URLSearchParams(kinds.map((kind) => ["kind", kind]));
    if (room !== undefined) query.append("room", room);
    const ending = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        latest.current();
      }, TOGETHER_MS);
    };
    followEvents(api, query, heard, ending.signal);
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [api, token, room]);
}
