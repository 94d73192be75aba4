// For `node --import`: after the second transaction of an SQLite file, sends the signal AT_COMMIT to this process, or
// ("fault") lets every later one fail. The first transaction creates the tables, in however many steps.
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
  // Nothing is written until the process has ended.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
