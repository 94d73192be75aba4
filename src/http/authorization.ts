// Who may call what: bearer tokens (RFC 6750), their scopes and rooms.
import type { Operation } from "../operations/operation.ts";
import { nodeOf } from "../operations/parameters.ts";
import { includesScope, type Scope } from "../operations/scope.ts";
import type { Token, TokenKeeper } from "../operations/tokens/token-keeper.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import { type Answer, problem } from "./problem.ts";

export type Bearer =
  | { readonly kind: "token"; readonly token: Token; readonly secret: string }
  | { readonly kind: "refused"; readonly answer: Answer };

const NO_TOKEN = problem(errors.notAuthorized(say`Send a token: Authorization: Bearer TOKEN`), {
  headers: { "www-authenticate": 'Bearer realm="verona"' },
});
/** The same for a wrong, a revoked and an expired token: nobody learns which tokens there were. */
const WRONG_TOKEN = problem(errors.notAuthorized(say`The token is not valid`), {
  headers: { "www-authenticate": 'Bearer realm="verona", error="invalid_token"' },
});

/** Finds the token of a request. Rejects with `StorageError` if the tokens cannot be read. */
export async function findBearer(
  header: string | undefined,
  tokens: Pick<TokenKeeper, "find">,
): Promise<Bearer> {
  const [, secret] = /^Bearer +(\S{1,200}) *$/i.exec(header ?? "") ?? [];
  if (secret === undefined) return { kind: "refused", answer: header === undefined ? NO_TOKEN : WRONG_TOKEN };
  const token = await tokens.find(secret);
  return token ? { kind: "token", token, secret } : { kind: "refused", answer: WRONG_TOKEN };
}

/** Returns the refusal of an operation, or undefined if the token's scope includes it. */
export function refuseScope({ scope }: Token, needed: Scope): Answer | undefined {
  return includesScope(scope, needed)
    ? undefined
    : problem(errors.forbidden(say`This needs a token of the scope ${needed}`), {
        headers: {
          "www-authenticate": `Bearer realm="verona", error="insufficient_scope", scope="${needed}"`,
        },
      });
}

/**
 * Returns the refusal of an operation, or undefined if the token is for all rooms, or for the one that the operation is about. A
 * group that shares bans is about other rooms too.
 */
export function refuseRoom(
  { rooms }: Token,
  { params }: Pick<Operation, "params">,
  { room, set }: Readonly<Record<string, unknown>>,
  domain: string,
): Answer | undefined {
  if (!rooms) return undefined;
  const node = "room" in params.shape && typeof room === "string" ? nodeOf(room, domain) : undefined;
  const isShared = typeof set === "object" && set !== null && Object.hasOwn(set, "banGroup");
  return node !== undefined && rooms.includes(node) && !isShared
    ? undefined
    : problem(errors.forbidden(say`This token is for some rooms only, and not for this request`));
}
