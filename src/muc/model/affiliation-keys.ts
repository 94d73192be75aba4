// Affiliations that were stored by other forms of an address than the one in which accounts are compared.
import { accountOf } from "../../xmpp/jid.ts";
import type { Affiliation } from "./affiliation.ts";
import type { AffiliationRecord, JournalEntry } from "./journal.ts";

/** Which counts where two are of one account. Admins may not ban admins and owners, and such a ban did not apply. */
const RANKS: readonly Affiliation[] = ["none", "member", "outcast", "admin", "owner"];

/** Brings affiliations to the keys of their accounts, one for each. */
export function keyedAffiliations<R extends Keyed>(records: readonly R[]): readonly R[] {
  if (records.every(isKeyed)) return records;
  const byAccount = new Map<string, R>();
  for (const record of records) {
    const jid = accountOf(record.jid);
    const other = byAccount.get(jid);
    if (other === undefined || counts(record, other)) byAccount.set(jid, { ...record, jid });
  }
  return [...byAccount.values()];
}

/** What has to be kept so that they are stored so too. */
export function rekeyedEntries(node: string, records: readonly AffiliationRecord[]): JournalEntry[] {
  const strays = records.filter((record) => !isKeyed(record));
  const accounts = new Set(strays.map(({ jid }) => accountOf(jid)));
  const kept = keyedAffiliations(records).filter(({ jid }) => accounts.has(jid));
  const gone = strays.map((record) => ({ ...record, affiliation: "none" as const, nick: undefined }));
  return [...gone, ...kept].map((record) => ({ kind: "affiliation-changed", node, record }));
}

type Keyed = Pick<AffiliationRecord, "jid" | "affiliation">;

const isKeyed = ({ jid }: Keyed): boolean => accountOf(jid) === jid;

const counts = (a: Keyed, b: Keyed): boolean => RANKS.indexOf(a.affiliation) > RANKS.indexOf(b.affiliation);
