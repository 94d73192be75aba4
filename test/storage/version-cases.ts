// Versions of messages (XEP-0308) from clients that reuse ids, for the room's history and every store.

/** A message: its author, its id, the id that it corrects, and `false` if the author's address is unknown. */
type Said = readonly [
  author: "firstwitch" | "thirdwitch",
  id: string,
  corrects?: string | undefined,
  hasJid?: false,
];

export interface VersionCase {
  readonly name: string;
  readonly said: readonly Said[];
  /** The retracted message, and all messages that the retraction hides, as indexes of `said`. */
  readonly retracted: number;
  readonly hidden: readonly number[];
}

const A = "thirdwitch";
const B = "firstwitch";

const CORRECTED_TWICE: readonly Said[] = [
  [A, "1"],
  [A, "2", "1"],
  [B, "1"],
  [A, "3", "1"],
  [B, "2", "1"],
];

/** Messages of a client that counts its ids from 1 at each start. */
const REUSED: readonly Said[] = [
  [A, "1"],
  [A, "2", "1"],
  [A, "1"],
  [A, "2", "1"],
  [A, "3", "1"],
  [A, "1"],
  [A, "2", "1"],
];

export const VERSION_CASES: readonly VersionCase[] = [
  {
    name: "a message takes its corrections along, and nothing of another author",
    said: CORRECTED_TWICE,
    retracted: 0,
    hidden: [0, 1, 3],
  },
  {
    name: "a correction takes along the message that it corrects, and its other corrections",
    said: CORRECTED_TWICE,
    retracted: 1,
    hidden: [0, 1, 3],
  },
  {
    name: "a message does not take along corrections of earlier or later ones of its id",
    said: REUSED,
    retracted: 2,
    hidden: [2, 3, 4],
  },
  { name: "the first message of an id is apart from later ones", said: REUSED, retracted: 0, hidden: [0, 1] },
  {
    name: "a correction corrects the nearest earlier message of the id",
    said: REUSED,
    retracted: 4,
    hidden: [2, 3, 4],
  },
  { name: "a correction corrects only an earlier message", said: REUSED, retracted: 1, hidden: [0, 1] },
  {
    name: "the last message of an id is apart from earlier ones",
    said: REUSED,
    retracted: 6,
    hidden: [5, 6],
  },
  {
    name: "a correction of what nobody has said takes along other corrections of it, and no later message of that id",
    said: [
      [A, "2", "1"],
      [A, "3", "1"],
      [A, "1"],
      [A, "4", "1"],
    ],
    retracted: 1,
    hidden: [0, 1],
  },
  {
    name: "a correction may have the id of what it corrects",
    said: [
      [A, "1"],
      [A, "1", "1"],
      [A, "1", "1"],
    ],
    retracted: 2,
    hidden: [0, 1, 2],
  },
  {
    name: "a correction may be corrected by its own id",
    said: [
      [A, "1"],
      [A, "2", "1"],
      [A, "3", "2"],
    ],
    retracted: 2,
    hidden: [1, 2],
  },
];

const LONG_AGO: readonly Said[] = [
  [A, "1", undefined, false],
  [A, "2", "1", false],
  [B, "1", undefined, false],
  [A, "3", "1"],
];

/** Cases of an imported room, in which some authors' real addresses are unknown. */
export const IMPORTED_CASES: readonly VersionCase[] = [
  { name: "the addresses of all may not be known", said: LONG_AGO.slice(0, 3), retracted: 1, hidden: [0, 1] },
  {
    name: "a correction may have an address, and what it corrects none",
    said: LONG_AGO,
    retracted: 3,
    hidden: [0, 1, 3],
  },
  {
    name: "a message without an address takes along a correction that has one",
    said: LONG_AGO,
    retracted: 0,
    hidden: [0, 1, 3],
  },
  {
    name: "a correction without an address corrects no message that has one",
    said: [
      [A, "1"],
      [A, "2", "1", false],
    ],
    retracted: 1,
    hidden: [1],
  },
];
