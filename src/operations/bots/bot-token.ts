// The token of a bot: its room, and its secret. It is part of an address.
import { normalizeLocal } from "../../xmpp/jid.ts";

const FORM = /^([\w-]{1,1400})\.([\w-]{43})$/;

/** Makes the token of a bot in the room of a node. */
export const writeBotToken = (node: string, secret: string): string =>
  `${Buffer.from(node).toString("base64url")}.${secret}`;

/** Reads a token; undefined for a text that is none. */
export function readBotToken(token: string): { readonly node: string; readonly secret: string } | undefined {
  const [, room = "", secret = ""] = FORM.exec(token) ?? [];
  const node = Buffer.from(room, "base64url").toString();
  return node !== "" && normalizeLocal(node) === node ? { node, secret } : undefined;
}
