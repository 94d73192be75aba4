// Schemas of option values, which check the configurations in settings, stores and imports.
import { z } from "zod";
import { parseJid } from "../../xmpp/jid.ts";
import type { RoomConfig } from "./room-config.ts";
import { type KeyedOption, mapOptions, type OptionKey } from "./room-options.ts";

import { wildcardProblem } from "./wildcards.ts";

/** Bare JID of a user; normalized. */
export const bareUserJid = z
  .string()
  .refine((jid) => parseBareUser(jid) !== undefined)
  .transform((jid) => parseBareUser(jid) ?? jid);

/** Schemas of the options' values. */
export const OPTION_SCHEMAS = mapOptions<{ readonly [K in OptionKey]: z.ZodType<RoomConfig[K]> }>(schemaOf);

/** A room's configuration, in which every option may be missing. */
export const roomConfigSchema = z.strictObject(OPTION_SCHEMAS).exactPartial();

function schemaOf(option: KeyedOption) {
  switch (option.kind) {
    case "boolean":
      return z.boolean();
    case "text":
      return "format" in option ? z.string().regex(option.format.pattern) : z.string();
    case "choice":
      return z.enum(option.choices.map(({ value }) => value));
    case "count":
    case "maximum":
      return z.int().min(0);
    case "roles":
      return setOf(z.enum(option.roles));
    case "contacts":
      return setOf(bareUserJid);
    case "patterns":
      return z.array(z.string()).superRefine((patterns, context) => {
        const problem = wildcardProblem(patterns);
        if (problem !== undefined)
          context.addIssue({ code: "custom", message: `expected a shorter list: ${problem}` });
      });
  }
}

/** A list without repetitions. */
function setOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .refine((items) => new Set(items).size === items.length)
    .meta({ uniqueItems: true });
}

function parseBareUser(jid: string): string | undefined {
  const parsed = parseJid(jid);
  return parsed?.local !== undefined && parsed.resource === undefined ? parsed.bare : undefined;
}
