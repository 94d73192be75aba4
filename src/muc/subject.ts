/** The room's subject and who set it when (milliseconds since 1970). An empty text means it was cleared. */
export interface Subject {
  readonly text: string;
  readonly nick: string;
  readonly at: number;
}
