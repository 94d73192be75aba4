import { describe, expect, it } from "vitest";
import { readManifest, refuseNode } from "../src/manifest.ts";

describe("an older Node", () => {
  it("is refused in a line that names the one that is needed", () => {
    expect(refuseNode(">=26", "v20.20.2")).toBe("Verona needs Node 26 or newer, and this is v20.20.2");
  });

  it.each(["v26.0.0", "v27.1.0"])("is not %s", (version) => {
    expect(refuseNode(readManifest().engines.node, version)).toBeUndefined();
  });
});
