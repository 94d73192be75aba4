// The log: JSON, a line for each entry; text for people on a terminal.
import pino, { type Logger } from "pino";
import type { LogLevel } from "./config/config.ts";
import { readableLine } from "./readable-line.ts";

/**
 * A logger for standard output. Every line is written before the call returns: an asynchronous destination may lose
 * the last lines when the process ends. A log that cannot be written ends nothing. `more` is in each line.
 */
export function createLog(level: LogLevel, more: Readonly<Record<string, string>> = {}): Logger {
  return pino({ level, base: { name: "verona", ...more } }, process.stdout.isTTY ? terminal() : json());
}

function json() {
  const destination = pino.destination({ fd: 1, sync: true });
  destination.on("error", () => {});
  return destination;
}

function terminal() {
  process.stdout.on("error", () => {});
  return { write: (line: string) => void process.stdout.write(readableLine(line)) };
}
