// Values of settings that name users.
import { z } from "zod";
import { isPattern, USER_GROUPS } from "../muc/model/user-set.ts";
import { wildcardProblem } from "../muc/model/wildcards.ts";
import { accountOf, prepareJid } from "../xmpp/jid.ts";

/** Returns the compared form of an account or a domain; undefined if it is neither. A domain needs a dot, unlike a misspelt group. */
function addressOf(text: string): string | undefined {
  const jid = prepareJid(text);
  if (!jid || jid.resource !== undefined) return undefined;
  return jid.local === undefined && !jid.domain.includes(".") ? undefined : accountOf(jid.full);
}

const address = z
  .string()
  .refine((text) => isPattern(text) || addressOf(text) !== undefined)
  .transform((text) => (isPattern(text) ? text : (addressOf(text) ?? text)));

/** A list of accounts, domains and patterns. */
export const userList = z.array(address).superRefine(checkPatterns);

const member = z.union([z.enum(USER_GROUPS), address]);

/** Groups, accounts, domains and patterns: one, or a list. The value is a list. */
export const userSet = z
  .union([member.transform((item) => [item]), z.array(member)])
  .superRefine(checkPatterns);

function checkPatterns(items: readonly string[], context: z.RefinementCtx): void {
  const problem = wildcardProblem(items.filter(isPattern));
  if (problem !== undefined)
    context.addIssue({ code: "custom", message: `expected a shorter list: ${problem}` });
}
