// Answers requests on the control socket by running operations.
import type { OperationRunner } from "../operations/run-operation.ts";
import { NO_REQUEST, readRequest, writeRefusal } from "./messages.ts";

/** Returns the lines that answer a request line. */
export async function* answerControl(runner: OperationRunner, request: string): AsyncGenerator<string> {
  const read = readRequest(request);
  if (!read) {
    yield writeRefusal(NO_REQUEST);
    return;
  }
  const { operation, params, by } = read;
  const outcome = await runner.run(operation, params, runner.operator(`command line of ${by}`));
  switch (outcome.kind) {
    case "refused":
      yield writeRefusal(outcome.error);
      return;
    case "result":
      yield JSON.stringify({ result: outcome.value });
      return;
    case "stream":
      for await (const line of outcome.lines) yield JSON.stringify({ line });
      yield JSON.stringify({ result: {} });
  }
}
