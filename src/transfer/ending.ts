/** The signals that end a command: Ctrl-C, a service manager, and a terminal that goes away. */
export const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
