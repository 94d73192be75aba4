// Answers of the API, as docs/openapi.json describes them.

export type Scope = "read" | "moderate" | "admin";

export interface OwnToken {
  readonly token: string;
  readonly scope: Scope;
  readonly domain: string;
  readonly rooms?: readonly string[];
  readonly expires?: string;
}

export interface Status {
  readonly version: string;
  readonly domain: string;
  readonly link: "online" | "offline";
  readonly storage: string;
  readonly uptimeSeconds: number;
  readonly waitingBytes: number;
}

export interface Counters {
  readonly rooms: number;
  readonly roomsInMemory: number;
  readonly occupants: number;
  readonly clients: number;
  readonly messages: number;
  readonly memoryMiB: number;
  readonly nodes: number;
  readonly silentNodes: number;
}

export interface RoomSummary {
  readonly room: string;
  readonly name: string;
  readonly occupants: number;
  readonly clients: number;
  readonly persistent: boolean;
  readonly public: boolean;
  readonly locked: boolean;
  readonly lastUsed?: string;
}

export interface Occupant {
  readonly nickname: string;
  readonly user: string;
  readonly affiliation: string;
  readonly role: string;
  readonly clients: readonly string[];
}

export interface Affiliated {
  readonly user: string;
  readonly affiliation: string;
  readonly nickname?: string;
  readonly reason?: string;
  readonly until?: string;
}

export interface RoomFacts {
  readonly room: string;
  readonly locked: boolean;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly subject?: string;
  readonly affiliations: readonly Affiliated[];
  readonly occupants: readonly Occupant[];
  readonly pending: {
    readonly registrations: number;
    readonly voiceRequests: number;
    readonly reports: number;
  };
  readonly lockdownUntil?: string;
  readonly archivedMessages?: number;
}

export interface Message {
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly nickname: string;
  readonly user: string;
  readonly text: string;
  readonly retracted: boolean;
}

export interface Report {
  readonly report: string;
  readonly at: string;
  readonly by: string;
  readonly user: string;
  readonly nickname: string;
  readonly reason: string;
  readonly comment?: string;
  readonly text?: string;
}

export interface Held {
  readonly message: string;
  readonly at: string;
  readonly user: string;
  readonly nickname: string;
  readonly text: string;
}

export interface Act {
  readonly number: number;
  readonly at: string;
  readonly room?: string;
  readonly kind: string;
  readonly by?: string;
  readonly target?: string;
  readonly reason?: string;
  readonly rule?: string;
  readonly detail?: string;
}

export interface Ban {
  readonly user: string;
  readonly reason?: string;
  readonly by?: string;
  readonly at: string;
}

export interface Blocklists {
  readonly entry: readonly string[];
  readonly creation: readonly string[];
  readonly everything: readonly string[];
  readonly subscribed: readonly {
    readonly list: string;
    readonly hashes: number;
    readonly hits: number;
    readonly failures: number;
  }[];
}
