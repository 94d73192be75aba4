// Calls operations of the running service from another process.
import { userInfo } from "node:os";
import { CommandError } from "../cli/errors.ts";
import { askService } from "./control-socket.ts";
import { type ControlRequest, readLine } from "./messages.ts";

export type ServiceAnswer =
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "refused"; readonly condition: string; readonly text: string };

/**
 * Calls an operation of the service that listens at a path. Passes the lines of a stream to `take`. Resolves with undefined if
 * no service listens. Throws `CommandError` if this user may not connect, or the service ends meanwhile.
 */
export async function callService(
  path: string,
  operation: string,
  params: Readonly<Record<string, unknown>>,
  take: (line: unknown) => void = () => {},
): Promise<ServiceAnswer | undefined> {
  const request: ControlRequest = { operation, params: { ...params }, by: userName() };
  const answer = await askService(path, JSON.stringify(request)).catch((error: Error) => {
    throw new CommandError(`cannot reach the service: ${error.message}`);
  });
  if (!answer) return undefined;
  for await (const text of answer) {
    const line = readLine(text);
    if ("line" in line) take(line.line);
    else if ("condition" in line) return { kind: "refused", ...line };
    else return { kind: "result", value: line.result };
  }
  throw new CommandError("the service ended before it had answered");
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "a user without a name";
  }
}
