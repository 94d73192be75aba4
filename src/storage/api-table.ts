// Tokens of the HTTP API, and requests that clients may repeat (src/http). Exports do without; copies of a store have the tokens.
import type { Awaitable } from "../muc/model/records.ts";

/** A token. Times are milliseconds since 1970. */
export interface ApiToken {
  readonly id: string;
  /** No other token has it. */
  readonly name: string;
  /** SHA-256 of the secret, in hexadecimal digits. */
  readonly hash: string;
  readonly scope: string;
  /** Nodes of the only rooms that it is for. */
  readonly rooms: readonly string[] | undefined;
  readonly created: number;
  readonly expires: number | undefined;
  readonly used: number | undefined;
}

/** The key that a client gave to a request. */
export interface ApiRequestKey {
  /** Identifier of the client's token. */
  readonly token: string;
  readonly key: string;
}

/** A request that was begun: what was asked, as a hash, and the answer when there is one. */
export interface ApiRequest {
  readonly request: string;
  readonly answer: ApiAnswer | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** What has changed is on disk when a method is done, except for `useApiToken`. All throw, or reject with, `StorageError`. */
export interface ApiTable {
  /** Returns false if another token has the name. */
  addApiToken(token: ApiToken): Awaitable<boolean>;
  /** Reads all tokens in the order of their names. */
  apiTokens(): Awaitable<ApiToken[]>;
  /** Returns false if there is no such token. Forgets its requests too. */
  removeApiToken(name: string): Awaitable<boolean>;
  /** Notes when a token was used; a crash may undo it. */
  useApiToken(id: string, at: number): Awaitable<void>;
  /** Begins a request. Returns the earlier one with that key, if there is one; then nothing is begun. */
  beginApiRequest(key: ApiRequestKey, request: string, at: number): Awaitable<ApiRequest | undefined>;
  /** Keeps the answer to a request. */
  answerApiRequest(key: ApiRequestKey, answer: ApiAnswer): Awaitable<void>;
  /** Forgets a request, as if it had not been begun. */
  forgetApiRequest(key: ApiRequestKey): Awaitable<void>;
  /** Forgets requests begun before a time, and all but the latest `most` of each token. */
  trimApiRequests(before: number, most: number): Awaitable<void>;
}
