// Repairs the keys of stored affiliations: a key must be the normalized bare JID of its account.
import { accountOf } from "../../xmpp/jid.ts";
import type { Affiliation } from "./affiliation.ts";
import type { AffiliationRecord, JournalEntry } from "./journal.ts";

/**
 * Precedence, lowest first, of several records of one account. Admin and owner precede outcast: admins may not ban
 * them, and such a ban had no effect.
 */
const RANKS: readonly Affiliation[] = ["none", "member", "outcast", "admin", "owner"];

/** Normalizes the keys of affiliation records and keeps one record per account. */
export function keyedAffiliations<R extends Keyed>(records: readonly R[]): readonly R[] {
  if (records.every(isKeyed)) return records;
  const byAccount = new Map<string, R>();
  for (const record of records) {
    const jid = accountOf(record.jid);
    const other = byAccount.get(jid);
    if (other === undefined || precedes(record, other)) byAccount.set(jid, { ...record, jid });
  }
  return [...byAccount.values()];
}

/** Returns the journal entries that normalize the keys of stored affiliations. */
export function rekeyedEntries(node: string, records: readonly AffiliationRecord[]): JournalEntry[] {
  const misplaced = records.filter((record) => !isKeyed(record));
  const accounts = new Set(misplaced.map(({ jid }) => accountOf(jid)));
  const added = keyedAffiliations(records).filter(({ jid }) => accounts.has(jid));
  const removed = misplaced.map((record) => ({ ...record, affiliation: "none" as const, nick: undefined }));
  return [...removed, ...added].map((record) => ({ kind: "affiliation-changed", node, record }));
}

type Keyed = Pick<AffiliationRecord, "jid" | "affiliation">;

const isKeyed = ({ jid }: Keyed): boolean => accountOf(jid) === jid;

const precedes = (a: Keyed, b: Keyed): boolean => RANKS.indexOf(a.affiliation) > RANKS.indexOf(b.affiliation);
