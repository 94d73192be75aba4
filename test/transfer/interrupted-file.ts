// For `node --import`: interrupts this process when it starts to write a file, and never lets the writing end.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { Writable } from "node:stream";

fs.createWriteStream = () => {
  process.kill(process.pid, "SIGINT");
  return new Writable({ write: () => {} }) as fs.WriteStream;
};
syncBuiltinESMExports();
