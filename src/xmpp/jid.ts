import { domainToASCII, domainToUnicode } from "node:url";
import { hasUnassigned, lowerCase, nameprep, nodeprep, normalize, resourceprep } from "./stringprep.ts";

/** A parsed address (RFC 7622). `local` and `resource` are undefined where the address has none. */
export interface Jid {
  readonly local: string | undefined;
  readonly domain: string;
  readonly resource: string | undefined;
  /** local@domain as accounts are compared and kept: the same for every form of an account (`accountOf`). */
  readonly bare: string;
  /** local@domain/resource as it is sent to, or without the resource where there is none */
  readonly full: string;
}

const MAX_PART_BYTES = 1023;
const FORBIDDEN_LOCAL = /["&'/:<>@\s\p{C}\p{Default_Ignorable_Code_Point}]/u;
const FORBIDDEN_DOMAIN = /^\.|\.\.|\.$|["&'/:<>@\s\p{C}\p{Default_Ignorable_Code_Point}]/u;
const IPV6_LITERAL = /^\[[\da-f:.]+\]$/;
// Invisible characters would let one nickname look like another; RFC 8264 section 9.13 disallows them.
const FORBIDDEN_RESOURCE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
// Where an invisible character changes what is seen: emoji (beyond the RFC, but in wide use as names), and
// joiners after a vowel sign or virama, or between Arabic letters (after RFC 5892 appendix A).
const VISIBLE_JOINS =
  /\p{RGI_Emoji}|(?<=\p{M})[\u200c\u200d]|(?<=\p{Script=Arabic})\u200c(?=\p{Script=Arabic})/gv;

/**
 * Parses an address as a server gives it, and brings it into the form of RFC 7622: localpart and domain in lower case,
 * all parts normalized. Returns undefined where it is not an address (RFC 7622 section 3).
 */
export function parseJid(text: string): Jid | undefined {
  const slash = text.indexOf("/");
  const beforeSlash = slash < 0 ? text : text.slice(0, slash);
  const at = beforeSlash.indexOf("@");
  const local = at < 0 ? undefined : normalizeLocal(beforeSlash.slice(0, at));
  const domain = lowerCase(normalize(beforeSlash.slice(at + 1))).replace(/\.$/, "");
  const resource = slash < 0 ? undefined : normalizeResource(text.slice(slash + 1));
  if (at >= 0 && local === undefined) return undefined;
  if (slash >= 0 && resource === undefined) return undefined;
  if (!fits(domain) || (FORBIDDEN_DOMAIN.test(domain) && !IPV6_LITERAL.test(domain))) return undefined;
  return jidOf(local, domain, resource);
}

function jidOf(local: string | undefined, domain: string, resource: string | undefined): Jid {
  const address = local === undefined ? domain : `${local}@${domain}`;
  const full = resource === undefined ? address : `${address}/${resource}`;
  return { local, domain, resource, bare: accountOf(address), full };
}

/**
 * Parses an address from a payload or a file, which no server has seen: as servers prepare it (RFC 3920 section 3).
 * Returns undefined where it is not an address, or one that they refuse.
 */
export function prepareJid(text: string): Jid | undefined {
  const jid = parseJid(text);
  if (!jid) return undefined;
  const local = jid.local && nodeprep(jid.local);
  const domain = nameprep(jid.domain);
  const resource = jid.resource && resourceprep(jid.resource);
  if (domain === undefined || (jid.local && !local) || (jid.resource && !resource)) return undefined;
  return jidOf(local, domain, resource);
}

/**
 * The key of an account, by any form of its bare or full address. Servers that follow RFC 3920 make one account of
 * großmann@ and grossmann@, and some, such as ejabberd, give what the user has typed; a domain may be written in ASCII
 * (RFC 3490 section 2). To be known to be an address.
 */
export function accountOf(address: string): string {
  const bare = bareOf(address);
  if (!SPECIAL.test(bare) && !bare.includes("xn--")) return bare;
  const at = bare.indexOf("@");
  const domain = domainKey(bare.slice(at + 1));
  if (at < 0) return domain;
  const local = bare.slice(0, at);
  return `${nodeprep(local) ?? local}@${domain}`;
}

/** All but ASCII in lower case. */
const SPECIAL = /[^\0-@[-\x7f]/;

/** A domain in Unicode. What IDNA 2003 has no Unicode form of stays as it is: it is another domain than that of nameprep. */
function domainKey(domain: string): string {
  const ascii = domain.includes("xn--") ? domain : undefined;
  const unicode = ascii === undefined ? domain : domainToUnicode(ascii);
  const prepared = nameprep(unicode) ?? unicode;
  return ascii === undefined || domainToASCII(prepared) === ascii ? prepared : ascii;
}

/** A localpart as a server gives it in the form of RFC 7622 section 3.3, or undefined where it is none. */
export function normalizeLocal(local: string): string | undefined {
  const normalized = normalize(lowerCase(normalize(local)));
  return fits(normalized) && !FORBIDDEN_LOCAL.test(normalized) ? normalized : undefined;
}

/** A resource (so also a nickname) in its enforced form, or undefined where it is none (RFC 7622 section 3.4). */
export function normalizeResource(resource: string): string | undefined {
  const normalized = resource.replace(/\p{Zs}/gu, " ").normalize("NFC");
  if (!fits(normalized)) return undefined;
  // Most names have no such characters: the costly expression is for those that do.
  const isForbidden =
    FORBIDDEN_RESOURCE.test(normalized) && FORBIDDEN_RESOURCE.test(normalized.replace(VISIBLE_JOINS, ""));
  return isForbidden ? undefined : normalized;
}

/**
 * A resource from a payload or a file, which no server has seen, as all servers carry it: in the form that Resourceprep
 * and RFC 7622 both leave as it is. Undefined where it has none, or characters that not all servers know.
 */
export function prepareResource(resource: string): string | undefined {
  const normalized = normalizeResource(resource);
  const prepared =
    normalized === undefined || hasUnassigned(normalized) ? undefined : resourceprep(normalized);
  return prepared !== undefined && normalizeResource(prepared) === prepared ? prepared : undefined;
}

/** The key of a nickname, by any form of it: servers make one of those that Resourceprep does not tell apart. */
export const nicknameKey = (nick: string): string => resourceprep(nick) ?? nick;

/** The bare address of a full one, given as text that is known to be an address. */
export function bareOf(jid: string): string {
  const slash = jid.indexOf("/");
  return slash < 0 ? jid : jid.slice(0, slash);
}

function fits(part: string): boolean {
  return part.length > 0 && Buffer.byteLength(part) <= MAX_PART_BYTES;
}

/** Returns the domain of a bare JID. */
export const domainOf = (bareJid: string): string => bareJid.slice(bareJid.indexOf("@") + 1);
