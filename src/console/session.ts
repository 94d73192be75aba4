// The session of a user: the token, and what everything else is made of.
import type { OwnToken } from "./answers.ts";
import { Api, Refusal } from "./api.ts";
import { type Catalogue, mayCall, type OpenApi, type Operation, readCatalogue } from "./catalogue.ts";
import { createContext, useContext } from "./html.ts";

export interface Session {
  readonly api: Api;
  readonly token: OwnToken;
  readonly catalogue: Catalogue;
  readonly end: (message?: string) => void;
}

/** The tab has the token until it is closed; no other tab and no later visit has it. */
const KEY = "verona-token";

export const storedToken = (): string | undefined => sessionStorage.getItem(KEY) ?? undefined;
export const forgetToken = (): void => sessionStorage.removeItem(KEY);

const NOT_VALID = "The token is not valid, or not any more. Log in with another one.";

/** Begins a session. `ended`: called with a message when the token is no longer valid. Rejects with `Refusal`. */
export async function beginSession(secret: string, ended: (message?: string) => void): Promise<Session> {
  if (!/^[\w-]{1,200}$/.test(secret))
    throw new Refusal(401, "This is not a token. Tokens begin with verona_.");
  const end = (message?: string): void => {
    forgetToken();
    ended(message);
  };
  const api = new Api(secret, () => end(NOT_VALID));
  const token = await api.get<OwnToken>("/v1/token");
  const description = await api.get<OpenApi>("/openapi.json");
  sessionStorage.setItem(KEY, secret);
  return { api, token, catalogue: readCatalogue(description), end };
}

const SessionContext = createContext<Session | undefined>(undefined);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("nobody has logged in");
  return session;
}

/** Returns an operation if the token may call it. */
export function useOperation(name: string): Operation | undefined {
  const { token, catalogue } = useSession();
  const operation = catalogue.get(name);
  return mayCall(token, operation) ? operation : undefined;
}
