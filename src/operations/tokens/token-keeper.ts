// Tokens of the HTTP API. The store has only hashes of their secrets.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { ApiTable, ApiToken } from "../../storage/api-table.ts";
import { isScope, type Scope } from "../scope.ts";

export interface Token extends Omit<ApiToken, "hash" | "scope"> {
  readonly scope: Scope;
}

/** Time after which another process notices a new or revoked token; milliseconds. */
const CACHED_MS = 2_000;
/** Time between two notes of the use of a token; milliseconds. */
const USE_NOTED_MS = 60_000;

/** The beginning names the program, so that tools that look for secrets in files can find them. */
const FORM = /^verona_([0-9a-f]{12})_[\w-]{43}$/;

type TokenTable = Pick<ApiTable, "addApiToken" | "apiTokens" | "removeApiToken" | "useApiToken">;

export class TokenKeeper {
  readonly #table: TokenTable;
  /** Milliseconds since 1970, and of a monotonic clock. */
  readonly #now: () => number;
  readonly #elapsed: () => number;
  #read: { readonly at: number; readonly tokens: Promise<ReadonlyMap<string, ApiToken>> } | undefined;
  /** When the use of each token was noted last, by its identifier. */
  readonly #noted = new Map<string, number>();

  constructor(
    table: TokenTable,
    now: () => number = Date.now,
    elapsed: () => number = () => performance.now(),
  ) {
    this.#table = table;
    this.#now = now;
    this.#elapsed = elapsed;
  }

  /** Makes a token. Resolves with its secret, which nothing shows again; undefined if another token has the name. */
  async create(given: Pick<Token, "name" | "scope" | "rooms" | "expires">): Promise<string | undefined> {
    const id = randomBytes(6).toString("hex");
    const secret = `verona_${id}_${randomBytes(32).toString("base64url")}`;
    const token = { ...given, id, hash: hashOf(secret), created: this.#now(), used: undefined };
    const isAdded = await this.#table.addApiToken(token);
    this.#read = undefined;
    return isAdded ? secret : undefined;
  }

  /** Reads all tokens, expired ones too, in the order of their names. */
  async list(): Promise<Token[]> {
    return (await this.#table.apiTokens()).flatMap(({ hash: _hash, ...token }) => {
      const { scope } = token;
      return isScope(scope) ? [{ ...token, scope }] : [];
    });
  }

  /** Revokes a token at once; other processes notice it after two seconds. Resolves with false if there is none. */
  async revoke(name: string): Promise<boolean> {
    const isRemoved = await this.#table.removeApiToken(name);
    this.#read = undefined;
    return isRemoved;
  }

  /** Finds the token of a secret, unless it has expired. Compares in constant time. Rejects with `StorageError`. */
  async find(secret: string): Promise<Token | undefined> {
    const [, id] = FORM.exec(secret) ?? [];
    if (id === undefined) return undefined;
    const stored = (await this.#tokens()).get(id);
    if (!stored) return undefined;
    const { hash, ...token } = stored;
    const { scope, expires } = token;
    const now = this.#now();
    if (!timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(secret)))) return undefined;
    if (!isScope(scope) || (expires !== undefined && expires <= now)) return undefined;
    this.#noteUse(token.id, Math.max(token.used ?? 0, this.#noted.get(token.id) ?? 0), now);
    return { ...token, scope };
  }

  /** Reads all tokens, at most every two seconds: a wrong secret costs no query. */
  #tokens(): Promise<ReadonlyMap<string, ApiToken>> {
    const now = this.#elapsed();
    if (this.#read && now - this.#read.at < CACHED_MS) return this.#read.tokens;
    const read = async () => new Map((await this.#table.apiTokens()).map((token) => [token.id, token]));
    const entry = { at: now, tokens: read() };
    this.#read = entry;
    entry.tokens.catch(() => {
      if (this.#read === entry) this.#read = undefined;
    });
    return entry.tokens;
  }

  #noteUse(id: string, before: number, now: number): void {
    if (now - before < USE_NOTED_MS) return;
    this.#noted.delete(id);
    this.#noted.set(id, now);
    for (const [oldest] of this.#noted) {
      if (this.#noted.size <= MOST_TOKENS) break;
      this.#noted.delete(oldest);
    }
    // The time is for people; a fault of the store shows elsewhere.
    Promise.resolve(this.#table.useApiToken(id, now)).catch(() => {});
  }
}

/** Maximum number of tokens. All are read at once. */
export const MOST_TOKENS = 1_000;

const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
