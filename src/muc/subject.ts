/** The room's subject and who set it when (milliseconds since 1970). An empty text means it was cleared. */
export interface Subject {
  readonly text: string;
  readonly nick: string;
  readonly at: number;
  /** The message that set it, for those who enter later; subjects kept by earlier versions lack it. */
  readonly message?: {
    readonly id: string;
    /** XEP-0359. */
    readonly stanzaId: string;
    /** XEP-0421. */
    readonly occupantId: string;
    readonly language: string | undefined;
    /** The subject elements as markup: one for each language. */
    readonly subjects: string;
  };
}
