/** The rules that protect rooms and the service, with a count of refusals each. */
export const REFUSAL_RULES = [
  "rate-message",
  "rate-state",
  "rate-private-message",
  "rate-entry",
  "rate-nickname",
  "rate-presence",
  "rate-invitation",
  "rate-request",
  "rate-archive",
  "rate-search",
  "rate-disco",
  "text-bytes",
  "text-characters",
  "text-lines",
  "text-mentions",
  "content-link",
  "content-media",
  "content-word",
  "lock-down",
  "gate",
  "blocklist",
] as const;
export type RefusalRule = (typeof REFUSAL_RULES)[number];

/** Counts refused stanzas since the start, by the rule that refused them. */
export class RefusalCounts {
  readonly #counts = new Map<RefusalRule, number>();

  count(rule: RefusalRule): void {
    this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + 1);
  }

  /** Returns the count of each rule, also if it is 0. */
  all(): ReadonlyMap<RefusalRule, number> {
    return new Map(REFUSAL_RULES.map((rule) => [rule, this.#counts.get(rule) ?? 0]));
  }
}
