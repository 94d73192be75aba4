import { mkdirSync, writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

const FILE = new URL("../test-artefacts/counts.txt", import.meta.url);

/**
 * Writes "N passed, N failed" to test-artefacts/counts.txt for `.ci/run`. A file or group that fails outside of its
 * tests (in a hook, at import) counts as a failure, and so does an error that belongs to no test.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      for (const suite of [module, ...module.children.allSuites()])
        if (suite.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        if (test.result().state === "passed") passed += 1;
        if (test.result().state === "failed") failed += 1;
      }
    }
    mkdirSync(new URL("./", FILE), { recursive: true });
    writeFileSync(FILE, `${passed} passed, ${failed} failed\n`);
  }
}
