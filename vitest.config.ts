import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Only a test that hangs takes so long, even on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    // Each file of end-to-end tests also runs an XMPP server and Verona.
    maxWorkers: 2,
    reporters: ["default", "./dev/count-reporter.ts"],
  },
});
