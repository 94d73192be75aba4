import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // A file of end-to-end tests runs an XMPP server and Verona besides itself.
    maxWorkers: 2,
    reporters: ["default", "./dev/count-reporter.ts"],
  },
});
