// Lets the second transaction of SQLite files end well, and then, as AT_COMMIT says, interrupts this process by that signal
// or has every other one fail: for `node --import`. The first one is that of the layout, however many steps it has.
import { DatabaseSync } from "node:sqlite";

const { exec } = DatabaseSync.prototype;
let isLayout = false;
let commits = 0;
DatabaseSync.prototype.exec = function (sql) {
  if (sql.startsWith("PRAGMA user_version")) isLayout = true;
  if (sql === "COMMIT" && commits === 1 && process.env.AT_COMMIT === "fault")
    throw Object.assign(new Error("full"), { errcode: 13 });
  exec.call(this, sql);
  if (sql !== "COMMIT") return;
  if (!isLayout) commits += 1;
  isLayout = false;
  if (commits !== 1 || process.env.AT_COMMIT === "fault") return;
  process.kill(process.pid, process.env.AT_COMMIT);
  // Nothing more is written until the process has ended.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
