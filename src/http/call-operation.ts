// Carries out the operation of a route, and answers with its result.
import type { Token } from "../operations/tokens/token-keeper.ts";
import { refuseRoom } from "./authorization.ts";
import type { HttpService } from "./http-service.ts";
import type { RepeatedRequests } from "./idempotency.ts";
import { type Answer, JSON_TYPE, problem } from "./problem.ts";
import { type RequestParts, type Route, readParameters } from "./route.ts";

export type OperationAnswer = Answer | { readonly lines: AsyncIterable<unknown> };

interface Request extends RequestParts {
  readonly token: Token;
  /** Value of the header Idempotency-Key. */
  readonly key: string | undefined;
}

/** Never rejects, except with `StorageError` for a request with a key. */
export async function callOperation(
  { operations, store, domain }: HttpService,
  route: Route,
  { token, key, ...parts }: Request,
  repeated: RepeatedRequests,
): Promise<OperationAnswer> {
  const { operation } = route;
  const read = readParameters(route, parts);
  if (read.kind === "refused") return problem(read.error);
  const params = read.value;
  const refusal = refuseRoom(token, operation, params, domain);
  if (refusal) return refusal;
  const run = async (): Promise<OperationAnswer> => {
    const caller = operations.operator(`token ${token.name}`);
    const outcome = await operations.run(operation.name, params, caller);
    switch (outcome.kind) {
      case "refused":
        return problem(
          outcome.error,
          outcome.error.type === "wait" && outcome.error.condition !== "internal-server-error"
            ? { headers: { "retry-after": "1" } }
            : {},
        );
      case "stream":
        return { lines: outcome.lines };
      case "result":
        return { status: 200, type: JSON_TYPE, body: JSON.stringify(outcome.value) };
    }
  };
  if (key === undefined || operation.effect === "reads" || operation.isStream) return run();
  return repeated.once(store, token, key, [operation.name, params], async () => {
    const answer = await run();
    if ("lines" in answer) throw new Error(`${operation.name} is a stream after all`);
    return answer;
  });
}
