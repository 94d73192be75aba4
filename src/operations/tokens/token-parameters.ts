// What the operations on tokens share.
import { z } from "zod";
import { SCOPES } from "../scope.ts";

export const tokenParameter = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "expected up to 64 letters, digits, dots, underscores and hyphens",
  )
  .meta({ description: "Name of the token, as the log shows it" });

export const tokenShape = z.object({
  token: z.string(),
  scope: z.enum(SCOPES),
  rooms: z
    .array(z.string())
    .exactOptional()
    .meta({ description: "The only rooms that the token is for; missing if it is for the whole service" }),
  expires: z.iso.datetime().exactOptional(),
});

export const timeOf = (at: number): string => new Date(at).toISOString();
