// The presences that scenarios count.

export const PRESENCE_END = Buffer.from("</presence>");

/** Status code of an occupant's own presence (XEP-0045 section 15.6.2), in either kind of quotes. */
export const SELF_PRESENCE = ['code="110"', "code='110'"];

/** Bounds of the number of presences, for all recipients together. */
export interface ExpectedPresences {
  readonly least: number;
  readonly most: number;
}
