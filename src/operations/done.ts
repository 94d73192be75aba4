// The result of operations that return nothing.
import { z } from "zod";
import { ok, type Result } from "../xmpp/result.ts";

export const DONE = z.strictObject({});

export const done = (outcome: Result<unknown>): Result<Record<string, never>> =>
  outcome.kind === "refused" ? outcome : ok({});
