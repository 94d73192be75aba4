/** The signals that end a command: Ctrl-C, a service manager, a lost terminal. */
export const TERMINATION = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls `handler` at each of these signals, before the handlers that are set already. Disposing removes it. */
export function onSignal(
  signals: readonly NodeJS.Signals[],
  handler: (signal: NodeJS.Signals) => void,
): Disposable {
  for (const signal of signals) process.prependListener(signal, handler);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}

/** Ends the process at once, as the signal does by itself. An exit would wait for a file that is being read, such as a pipe. */
export function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
