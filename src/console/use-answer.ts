// Answers of the API as state of a view.
import { Refusal } from "./api.ts";
import { useEffect, useState } from "./html.ts";

export interface Answered<T> {
  readonly value: T | undefined;
  readonly problem: string | undefined;
  readonly isLoading: boolean;
  reload(): void;
}

/**
 * Asks when a view is shown, and when `key` changes or `reload` is called. The earlier answer stays until there is a new one.
 * `everyMs`: asks again after so many milliseconds, while the page is visible.
 */
export function useAnswer<T>(key: string, ask: () => Promise<T>, everyMs?: number): Answered<T> {
  const [state, setState] = useState<{ key: string; value?: T; problem?: string }>({ key: "" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isShown = true;
    const run = (): void => {
      ask().then(
        (value) => isShown && setState({ key, value }),
        (error: unknown) => {
          const problem = error instanceof Refusal ? error.message : String(error);
          if (isShown) setState((before) => ({ ...(before.key === key && before), key, problem }));
        },
      );
    };
    run();
    const timer = everyMs === undefined ? undefined : setInterval(() => document.hidden || run(), everyMs);
    return () => {
      isShown = false;
      clearInterval(timer);
    };
  }, [key, turn, everyMs]);
  const isCurrent = state.key === key;
  return {
    value: isCurrent ? state.value : undefined,
    problem: isCurrent ? state.problem : undefined,
    isLoading: !isCurrent,
    reload: () => setTurn((before) => before + 1),
  };
}
