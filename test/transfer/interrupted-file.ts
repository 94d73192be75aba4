// Interrupts this process when it writes a file, whose writing does not end: for `node --import`.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { Writable } from "node:stream";

fs.createWriteStream = () => {
  process.kill(process.pid, "SIGINT");
  return new Writable({ write: () => {} }) as fs.WriteStream;
};
syncBuiltinESMExports();
