/** Roles whose presence may be broadcast; "none" stands for members who are not in the room. */
export const BROADCAST_ROLES = ["none", "visitor", "participant", "moderator"] as const;
export type BroadcastRole = (typeof BROADCAST_ROLES)[number];

/** A room's configuration (XEP-0045 section 15.5.3 names the fields). Plain data, kept as JSON. */
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
  readonly allowInvites: boolean;
  readonly changeSubject: boolean;
  /** Whether users without affiliation may register (section 7.10), and become members by it. */
  readonly openRegistration: boolean;
  /** 0: no limit of the room's own. */
  readonly maxUsers: number;
  /** Number of messages of discussion history. */
  readonly historyLength: number;
  readonly presenceBroadcast: readonly BroadcastRole[];
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
  allowInvites: true,
  changeSubject: false,
  openRegistration: false,
  maxUsers: 0,
  historyLength: 20,
  presenceBroadcast: ["visitor", "participant", "moderator"],
};
