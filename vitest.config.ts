import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Only what hangs takes so long: a loaded machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    // A file of end-to-end tests runs an XMPP server and Verona besides itself.
    maxWorkers: 2,
    reporters: ["default", "./dev/count-reporter.ts"],
  },
});
