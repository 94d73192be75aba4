// Terminal programs in tmux, used as people use them.
import { execFileSync } from "node:child_process";
import { eventually } from "./eventually.ts";

const COLUMNS = "120";
const ROWS = "50";

/** A terminal with a running program. */
export interface Terminal {
  /** Types a line, and Enter when the screen shows it: programs treat simultaneous input as a paste. */
  line(text: string): Promise<void>;
  /** Presses a key, by tmux's name such as "C-y". */
  press(key: string): void;
  /** Waits until the screen shows this text. */
  shows(text: string): Promise<void>;
}

/** A tmux server for one test. */
export class Terminals {
  readonly #socket = `verona-${process.pid}-${Math.random().toString(36).slice(2)}`;
  #count = 0;

  /** Runs a command line in a new terminal. */
  open(command: string): Terminal {
    this.#count += 1;
    const target = `t${this.#count}`;
    const tmux = this.#tmux.bind(this);
    tmux("new-session", "-d", "-s", target, "-x", COLUMNS, "-y", ROWS, command);
    const press = (...keys: string[]) => tmux("send-keys", "-t", target, ...keys);
    const shows = (text: string) =>
      eventually(() => {
        const shown = tmux("capture-pane", "-p", "-t", target);
        if (!shown.includes(text)) throw new Error(`the screen does not show "${text}":\n${shown}`);
      });
    return {
      async line(text) {
        press("-l", text);
        await shows(text);
        press("Enter");
      },
      press: (key) => void press(key),
      shows,
    };
  }

  /** Ends every program. Some go on with full load if only their terminal ends. */
  close(): void {
    if (this.#count === 0) return;
    const pids = this.#tmux("list-panes", "-a", "-F", "#{pane_pid}").trim().split("\n").map(Number);
    this.#tmux("kill-server");
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {} // it has already ended
    }
  }

  #tmux(...args: string[]): string {
    return execFileSync("tmux", ["-L", this.#socket, "-f", "/dev/null", ...args], { encoding: "utf8" });
  }
}
