// Converts tokens and requests of the HTTP API to rows of a database, and back.
import { z } from "zod";
import type { ApiRequest, ApiToken } from "./api-table.ts";
import { type OnDamage, optionalTime, read, readable, time } from "./row-schemas.ts";

type ApiRow = Record<string, unknown>;

export const TOKEN_COLUMNS = [
  "id",
  "name",
  "hash",
  "scope",
  "rooms",
  "created",
  "expires",
  "last_used",
] as const;

/** Returns the values of a token in the order of `TOKEN_COLUMNS`. */
export const writeToken = ({
  rooms,
  expires,
  used,
  ...token
}: ApiToken): [string, string, string, string, string | null, number, number | null, number | null] => [
  token.id,
  token.name,
  token.hash,
  token.scope,
  rooms ? JSON.stringify(rooms) : null,
  token.created,
  expires ?? null,
  used ?? null,
];

const nodes = z
  .string()
  .transform((text, context) => {
    const list = z.array(z.string()).safeParse(parsed(text));
    if (list.success) return list.data;
    context.addIssue({ code: "custom", message: "expected a list of rooms" });
    return z.NEVER;
  })
  .nullable();
const tokenRow = z
  .object({
    ...{
      id: z.string(),
      name: z.string(),
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      scope: z.string(),
      rooms: nodes,
    },
    ...{ created: time, expires: optionalTime, last_used: optionalTime },
  })
  .transform(({ rooms, last_used, ...token }) => ({ ...token, rooms: rooms ?? undefined, used: last_used }));

const requestRow = z
  .object({ request: z.string(), status: z.int().nullable(), body: z.string().nullable() })
  .transform(({ request, status, body }) => ({
    request,
    answer: status === null || body === null ? undefined : { status, body },
  }));

/** Reads tokens. Leaves out damaged ones, which then open nothing, and reports them to `onDamage`. */
export const readTokens = (rows: readonly ApiRow[], onDamage: OnDamage): ApiToken[] =>
  readable(rows, (row) => read(tokenRow, row, `the token ${JSON.stringify(row.name)}`), onDamage);

/** Reads a request. Throws `StorageError` if the row is damaged. */
export const readRequest = (row: ApiRow): ApiRequest => read(requestRow, row, "a request of the HTTP API");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
