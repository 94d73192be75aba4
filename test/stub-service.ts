// Loaded with `node --import`: replaces src/service.ts by a service that behaves as STUB_SERVICE says.
import { registerHooks } from "node:module";

const storage = new URL("../src/storage/store.ts", import.meta.url).href;

const stub = `
import { StorageError } from ${JSON.stringify(storage)};
const behaviour = process.env.STUB_SERVICE;
export async function startService(config, log) {
  setInterval(() => {}, 1000);
  log.info("stub starting");
  if (behaviour === "storage-error") throw new StorageError("the disk is full");
  if (behaviour === "never-starts") await new Promise(() => {});
  if (behaviour === "starts-after-sighup") await new Promise((resolve) => process.once("SIGHUP", resolve));
  log.info("stub started");
  return {
    reconfigure: () => ({ applied: ["logLevel"], afterRestart: [] }),
    failed: new Promise((resolve) => {
      if (behaviour === "fails") resolve(new Error("connection lost for good"));
    }),
    async stop() {
      log.info("stub stopping");
      if (behaviour === "never-stops") await new Promise(() => {});
      if (behaviour === "fails-to-stop") throw new Error("the last commit failed");
      log.info("stub stopped");
    },
  };
}`;

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== "./service.ts") return nextResolve(specifier, context);
    return { url: `data:text/javascript,${encodeURIComponent(stub)}`, shortCircuit: true };
  },
});
