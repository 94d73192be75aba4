import { MemoryStore } from "../../src/storage/memory-store.ts";
import { describeStore } from "./store-suite.ts";

describeStore("memory", () => new MemoryStore());
