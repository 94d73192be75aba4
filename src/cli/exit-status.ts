/** The exit statuses of the program (docs/configuration.md). */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** The command line or the configuration is wrong. */
  wrongUsage: 2,
  /** The import left something out. */
  incomplete: 3,
  /** A second signal during a stop, or a signal during a migration. */
  interrupted: 130,
} as const;
