// Sample records.
import type {
  AffiliationRecord,
  ArchivedMessage,
  JournalEntry,
  RoomRecord,
  SessionRecord,
} from "../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";

export const owner: AffiliationRecord = {
  jid: "crone1@example.org",
  affiliation: "owner",
  reason: undefined,
  nick: "firstwitch",
};
export const member: AffiliationRecord = {
  jid: "hag66@example.org",
  affiliation: "member",
  reason: "worthy",
  nick: undefined,
  until: 1_900_000_000_000,
};
export const session: SessionRecord = {
  jid: "crone1@example.org/desktop",
  nick: "firstwitch",
  role: "moderator",
  payload: "<show>away</show>",
  language: "la",
};
export const room: RoomRecord = {
  node: "coven",
  config: { ...DEFAULT_ROOM_CONFIG, name: "A Dark Cave", persistent: true },
  locked: false,
  subject: { text: "Fire Burn", nick: "firstwitch", at: 1_000 },
  affiliations: [owner],
  notes: new Map([["occupant-id", "key"]]),
  sessions: [session],
};
export const heath: RoomRecord = {
  ...room,
  node: "heath",
  subject: undefined,
  affiliations: [],
  sessions: [],
};

/** Makes a message from its number: sent at that second, by thirdwitch if it is odd, else by firstwitch. */
export function message(number: number, more: Partial<ArchivedMessage> = {}): ArchivedMessage {
  const nick = number % 2 === 0 ? "firstwitch" : "thirdwitch";
  return {
    kind: "discussion",
    stanzaId: `s${number}`,
    at: number * 1_000,
    nick,
    jid: `${nick}@example.org/desktop`,
    author: `author-${nick}`,
    affiliation: "none",
    role: "participant",
    id: `m${number}`,
    language: undefined,
    corrects: undefined,
    payload: `<body>${number}</body>`,
    text: `number ${number}`,
    ...more,
  };
}

/** Makes a private message to hecate from its number. */
export function whisper(number: number, more: Partial<ArchivedMessage> = {}): ArchivedMessage {
  const to = { nick: "hecate", jid: "hecate@example.org", type: "chat" };
  return message(number, { kind: "private", text: undefined, to, ...more });
}

export const archived = (node: string, each: ArchivedMessage): JournalEntry => ({
  kind: "message-archived",
  node,
  message: each,
});
