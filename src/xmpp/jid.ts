/** A parsed address (RFC 7622). `local` and `resource` are undefined where the address has none. */
export interface Jid {
  readonly local: string | undefined;
  readonly domain: string;
  readonly resource: string | undefined;
  /** local@domain */
  readonly bare: string;
  /** local@domain/resource, or `bare` where there is no resource */
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
 * Parses an address and brings it into the form in which addresses are compared: localpart and domain
 * case-folded and NFC, resource NFC. Returns undefined where it is no address (RFC 7622 section 3).
 */
export function parseJid(text: string): Jid | undefined {
  const slash = text.indexOf("/");
  const beforeSlash = slash < 0 ? text : text.slice(0, slash);
  const at = beforeSlash.indexOf("@");
  const local = at < 0 ? undefined : normalizeLocal(beforeSlash.slice(0, at));
  const domain = beforeSlash
    .slice(at + 1)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\.$/, "");
  const resource = slash < 0 ? undefined : normalizeResource(text.slice(slash + 1));
  if (at >= 0 && local === undefined) return undefined;
  if (slash >= 0 && resource === undefined) return undefined;
  if (!fits(domain) || (FORBIDDEN_DOMAIN.test(domain) && !IPV6_LITERAL.test(domain))) return undefined;
  const bare = local === undefined ? domain : `${local}@${domain}`;
  return { local, domain, resource, bare, full: resource === undefined ? bare : `${bare}/${resource}` };
}

/** A localpart in its compared form, or undefined where it is none (RFC 7622 section 3.3). */
export function normalizeLocal(local: string): string | undefined {
  const normalized = local.normalize("NFKC").toLowerCase().normalize("NFC");
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

/** The bare address of a full one, given as text that is known to be an address. */
export function bareOf(jid: string): string {
  const slash = jid.indexOf("/");
  return slash < 0 ? jid : jid.slice(0, slash);
}

function fits(part: string): boolean {
  return part.length > 0 && Buffer.byteLength(part) <= MAX_PART_BYTES;
}
