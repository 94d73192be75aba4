// The settings of blocklists, by their path in the configuration file.
import { type Setting, USERS } from "./setting.ts";

export const BLOCKLIST_SETTINGS = {
  "blocklists.entry": {
    variable: "VERONA_BLOCK_ENTRY",
    kind: "list",
    default: [],
    description: "Users who are banned from all rooms",
    expected: USERS,
  },
  "blocklists.creation": {
    variable: "VERONA_BLOCK_CREATION",
    kind: "list",
    default: [],
    description: "Users who may not create rooms",
    expected: USERS,
  },
  "blocklists.everything": {
    variable: "VERONA_BLOCK_EVERYTHING",
    kind: "list",
    default: [],
    description: "Users of whom the service handles nothing",
    expected: USERS,
  },
  "blocklists.subscribe": {
    variable: "VERONA_BLOCKLISTS",
    kind: "list",
    default: [],
    description:
      "PubSub nodes with blocklists that the service follows (XEP-0060): hashes of users who are banned from all rooms in which they have no affiliation",
    expected: 'a list of addresses such as "xmpp:blocklist.example.org?;node=muc_bans_sha256"',
  },
} as const satisfies Record<string, Setting>;
