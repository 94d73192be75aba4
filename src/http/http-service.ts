// The running service, as the HTTP API uses it.
import type { EventSource } from "../events/event-source.ts";
import type { OperationRunner } from "../operations/run-operation.ts";
import type { TokenKeeper } from "../operations/tokens/token-keeper.ts";
import type { ApiTable } from "../storage/api-table.ts";

export interface HttpSetting {
  readonly host: string;
  readonly port: number;
  /** Whether it serves the console. */
  readonly console?: boolean;
}

export interface HttpService {
  readonly domain: string;
  readonly operations: Pick<OperationRunner, "run" | "operator">;
  readonly tokens: Pick<TokenKeeper, "find">;
  readonly store: Pick<
    ApiTable,
    "beginApiRequest" | "answerApiRequest" | "forgetApiRequest" | "trimApiRequests"
  >;
  readonly events: Pick<EventSource, "subscribe">;
  /** Resolves when all that was to be stored until now is stored, and the store has answered. */
  whenStored(): Promise<void>;
}

export interface HttpParts {
  /** Version of the program. */
  readonly version: string;
  /** "serving", or why this process does not serve. */
  state(): string;
  /** Undefined until the start is done. */
  service(): HttpService | undefined;
  /** Called for each request with a token that is not valid. */
  wrongToken(from: string): void;
  /** Called for each fault. */
  faulted(error: unknown, text: string): void;
}
