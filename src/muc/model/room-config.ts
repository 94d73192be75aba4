import { cutText, escapedBytes } from "../../xmpp/escape.ts";
import { LONGEST, MOST } from "./lengths.ts";

/** Roles whose presence may be broadcast; "none" stands for members who are not in the room. */
export const BROADCAST_ROLES = ["none", "visitor", "participant", "moderator"] as const;
export type BroadcastRole = (typeof BROADCAST_ROLES)[number];

/** Roles whose occupants may be given the member list. */
export const MEMBER_LIST_ROLES = ["moderator", "participant", "visitor"] as const;
export type MemberListRole = (typeof MEMBER_LIST_ROLES)[number];

/** A language tag (RFC 5646, section 2.1) in outline; empty for none in particular. */
export const LANGUAGE_TAG = /^([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)?$/;

/** A room's configuration (XEP-0045 section 16.5.3 names the fields). Plain data, kept as JSON. */
export interface RoomConfig {
  readonly name: string;
  readonly description: string;
  readonly language: string;
  readonly persistent: boolean;
  readonly public: boolean;
  readonly membersOnly: boolean;
  readonly moderated: boolean;
  readonly passwordProtected: boolean;
  readonly password: string;
  /** Who may see real JIDs: "anyone" makes the room non-anonymous, "moderators" semi-anonymous. */
  readonly whois: "anyone" | "moderators";
  readonly allowPrivateMessages: "anyone" | "participants" | "moderators" | "none";
  /** Lets members invite others to a members-only room, and so add members (section 9.5). */
  readonly memberInvites: boolean;
  readonly changeSubject: boolean;
  /** Whether users without affiliation may register (section 7.10), and become members by it. */
  readonly openRegistration: boolean;
  /** 0: no limit of the room's own. */
  readonly maxUsers: number;
  /** Number of messages of discussion history. */
  readonly historyLength: number;
  readonly presenceBroadcast: readonly BroadcastRole[];
  /** Whether the discussion is logged where the public can read it (status 170); `logs` is the address of that place. */
  readonly publicLogging: boolean;
  readonly logs: string;
  /** Bare JIDs of those who answer for the room. */
  readonly contacts: readonly string[];
  readonly memberListRoles: readonly MemberListRole[];
  readonly allowVoiceRequests: boolean;
  readonly visitorsMayRename: boolean;
  /** Whether those who have a reserved nickname use it and no other ("locked down", section 7.2.2). */
  readonly lockNicknames: boolean;
  /** Whether nicknames that look like one that is taken are refused. */
  readonly refuseLookalikes: boolean;
  /** Whether users without affiliation may ask to be registered, and wait for an admin's approval (section 9.9). */
  readonly registrationApproval: boolean;
  /** Seconds between two messages of one occupant (XEP-0500); 0: no limit. */
  readonly slowMode: number;
  /** Whether the discussion is kept in an archive that those can read who may enter (XEP-0313). */
  readonly archiving: boolean;
  /** How long and how many messages the archive keeps; 0: as the service does. */
  readonly archiveDays: number;
  readonly archiveMessages: number;
  /** Whether affiliated users who are not in the room get messages that mention them (XEP-0452). */
  readonly forwardMentions: boolean;
}

/** What a room starts with unless the operator's `rooms.defaults` say otherwise. */
export const DEFAULT_ROOM_CONFIG: RoomConfig = {
  name: "",
  description: "",
  language: "",
  persistent: false,
  public: true,
  membersOnly: false,
  moderated: false,
  passwordProtected: false,
  password: "",
  whois: "moderators",
  allowPrivateMessages: "anyone",
  memberInvites: false,
  changeSubject: false,
  openRegistration: false,
  maxUsers: 0,
  historyLength: 20,
  presenceBroadcast: ["visitor", "participant", "moderator"],
  publicLogging: false,
  logs: "",
  contacts: [],
  memberListRoles: [...MEMBER_LIST_ROLES],
  allowVoiceRequests: true,
  visitorsMayRename: true,
  lockNicknames: false,
  refuseLookalikes: true,
  registrationApproval: false,
  slowMode: 0,
  archiving: true,
  archiveDays: 0,
  archiveMessages: 0,
  forwardMentions: false,
};

/** The same configuration, in which values as the defaults have them are theirs: rooms that differ little hold them once. */
export function sharingDefaults(config: RoomConfig): RoomConfig {
  const defaults: Partial<Record<string, unknown>> = { ...DEFAULT_ROOM_CONFIG };
  const own = Object.entries(config).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  return own.length === 0 ? DEFAULT_ROOM_CONFIG : { ...DEFAULT_ROOM_CONFIG, ...Object.fromEntries(own) };
}

/** A configuration that an earlier version or an import has kept, cut where its texts are longer than they may be. */
export function boundedConfig(config: RoomConfig): RoomConfig {
  const { name, description, language, logs, contacts } = config;
  return {
    ...config,
    name: cutText(name, LONGEST.roomName),
    description: cutText(description, LONGEST.roomDescription),
    language: language.length > LONGEST.languageTag ? "" : language,
    logs: escapedBytes(logs) > LONGEST.uri ? "" : logs,
    contacts: contacts.slice(0, MOST.contacts),
  };
}
