import { domainToASCII, domainToUnicode } from "node:url";
import { hasUnassigned, lowerCase, nameprep, nodeprep, normalize, resourceprep } from "./stringprep.ts";

/** A parsed address (RFC 7622). `local` and `resource` are undefined if the address has none. */
export interface Jid {
  readonly local: string | undefined;
  readonly domain: string;
  readonly resource: string | undefined;
  /** local@domain as the key of an account, the same for all forms of its address (`accountOf`). */
  readonly bare: string;
  /** The address for sending: local@domain/resource, or local@domain without a resource. */
  readonly full: string;
}

const MAX_PART_BYTES = 1023;
const FORBIDDEN_LOCAL = /["&'/:<>@\s\p{C}\p{Default_Ignorable_Code_Point}]/u;
const FORBIDDEN_DOMAIN = /^\.|\.\.|\.$|["&'/:<>@\s\p{C}\p{Default_Ignorable_Code_Point}]/u;
const IPV6_LITERAL = /^\[[\da-f:.]+\]$/;
// Invisible characters can make two nicknames look the same; RFC 8264 section 9.13 disallows them.
const FORBIDDEN_RESOURCE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
// Matches invisible characters that have a visible effect: in emoji (not in the RFC, but common in nicknames), and joiners
// after a vowel sign or virama, or between Arabic letters (after RFC 5892 appendix A).
const VISIBLE_JOINS =
  /\p{RGI_Emoji}|(?<=\p{M})[\u200c\u200d]|(?<=\p{Script=Arabic})\u200c(?=\p{Script=Arabic})/gv;

/** Matches nearly all addresses: those that normalization leaves as they are, and that are valid if they are short. */
const PLAIN = /^(?:[a-z\d._-]+@)?[a-z\d-]+(?:\.[a-z\d-]+)*(?:\/[ -~]+)?$/;

/**
 * Parses an address from a server and converts it to the form of RFC 7622: localpart and domain in lower case, all parts
 * normalized. Returns undefined if it is not an address (RFC 7622 section 3).
 */
export function parseJid(text: string): Jid | undefined {
  const slash = text.indexOf("/");
  const beforeSlash = slash < 0 ? text : text.slice(0, slash);
  const at = beforeSlash.indexOf("@");
  const local = at < 0 ? undefined : beforeSlash.slice(0, at);
  const domain = beforeSlash.slice(at + 1);
  const resource = slash < 0 ? undefined : text.slice(slash + 1);
  const isPlain = text.length <= MAX_PART_BYTES && PLAIN.test(text);
  return isPlain ? jidOf(local, domain, resource) : normalizedJid(local, domain, resource);
}

function normalizedJid(
  local: string | undefined,
  domain: string,
  resource: string | undefined,
): Jid | undefined {
  const normalLocal = local === undefined ? undefined : normalizeLocal(local);
  const normalDomain = lowerCase(normalize(domain)).replace(/\.$/, "");
  const normalResource = resource === undefined ? undefined : normalizeResource(resource);
  if (local !== undefined && normalLocal === undefined) return undefined;
  if (resource !== undefined && normalResource === undefined) return undefined;
  if (!fits(normalDomain)) return undefined;
  if (FORBIDDEN_DOMAIN.test(normalDomain) && !IPV6_LITERAL.test(normalDomain)) return undefined;
  return jidOf(normalLocal, normalDomain, normalResource);
}

function jidOf(local: string | undefined, domain: string, resource: string | undefined): Jid {
  const address = local === undefined ? domain : `${local}@${domain}`;
  const full = resource === undefined ? address : `${address}/${resource}`;
  return { local, domain, resource, bare: accountOf(address), full };
}

/**
 * Parses an address from a payload or a file, which no server has prepared. Prepares it as servers do (RFC 3920 section 3).
 * Returns undefined if it is not an address or if servers refuse it.
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
 * Returns the key of an account, the same for all forms of its bare or full address. For servers that follow RFC 3920,
 * großmann@ and grossmann@ are one account; some, such as ejabberd, pass on the form that the user has typed. A domain may
 * be in ASCII form (RFC 3490 section 2). The argument must be a valid address.
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

/** Matches capitals and characters outside ASCII. */
const SPECIAL = /[^\0-@[-\x7f]/;

/**
 * Returns a domain in its Unicode form. An ASCII form that does not convert back with IDNA 2003 stays as it is: its
 * nameprep form is another domain.
 */
function domainKey(domain: string): string {
  const ascii = domain.includes("xn--") ? domain : undefined;
  const unicode = ascii === undefined ? domain : domainToUnicode(ascii);
  const prepared = nameprep(unicode) ?? unicode;
  return ascii === undefined || domainToASCII(prepared) === ascii ? prepared : ascii;
}

/** Converts a localpart from a server to the form of RFC 7622 section 3.3; undefined if it is not valid. */
export function normalizeLocal(local: string): string | undefined {
  const normalized = normalize(lowerCase(normalize(local)));
  return fits(normalized) && !FORBIDDEN_LOCAL.test(normalized) ? normalized : undefined;
}

/** Converts a resource or nickname to its enforced form (RFC 7622 section 3.4); undefined if it is not valid. */
export function normalizeResource(resource: string): string | undefined {
  const normalized = resource.replace(/\p{Zs}/gu, " ").normalize("NFC");
  if (!fits(normalized)) return undefined;
  // The second, slow expression runs only for names with such characters.
  const isForbidden =
    FORBIDDEN_RESOURCE.test(normalized) && FORBIDDEN_RESOURCE.test(normalized.replace(VISIBLE_JOINS, ""));
  return isForbidden ? undefined : normalized;
}

/**
 * Converts a resource from a payload or a file, which no server has prepared, to a form that all servers pass on: one that
 * Resourceprep and RFC 7622 both leave unchanged. Undefined if there is no such form, or if it has characters that some
 * servers do not know.
 */
export function prepareResource(resource: string): string | undefined {
  const normalized = normalizeResource(resource);
  const prepared =
    normalized === undefined || hasUnassigned(normalized) ? undefined : resourceprep(normalized);
  return prepared !== undefined && normalizeResource(prepared) === prepared ? prepared : undefined;
}

/** Returns the key of a nickname: the same for all nicknames that Resourceprep, and so a server, treats as one. */
export const nicknameKey = (nick: string): string => resourceprep(nick) ?? nick;

/** Removes the resource from a valid address. */
export function bareOf(jid: string): string {
  const slash = jid.indexOf("/");
  return slash < 0 ? jid : jid.slice(0, slash);
}

function fits(part: string): boolean {
  return part.length > 0 && Buffer.byteLength(part) <= MAX_PART_BYTES;
}

/** Returns the domain of a bare JID. */
export const domainOf = (bareJid: string): string => bareJid.slice(bareJid.indexOf("@") + 1);
