import { isIPv6 } from "node:net";
import { z } from "zod";
import { bareUserJid, OPTION_SCHEMAS, roomConfigSchema } from "../muc/model/room-config-schema.ts";
import { mapOptions, ROOM_OPTION_LIST } from "../muc/model/room-options.ts";
import { ROOM_OVERHEAD_BYTES } from "../muc/model/size-limits.ts";
import { wildcardProblem } from "../muc/model/wildcards.ts";
import { normalizeLocal, parseJid } from "../xmpp/jid.ts";
import { LANGUAGE_TAG } from "../xmpp/text.ts";
import { type ContactPurpose, LOG_LEVELS, PAGES_ROBOTS } from "./config.ts";
import { readListAddress } from "./list-address.ts";
import { NODE_NAME } from "./node-name.ts";
import { isPagesUrl, isWebChatUrl } from "./pages-url.ts";
import { SETTINGS, type SettingPath, settingAt } from "./settings.ts";
import { STORAGE_PATTERN, storageOf, storageProblem } from "./storage-url.ts";
import { userList, userSet } from "./user-set.ts";

const HOST = /^[^\s/@:[\]]+$/;
const NATS_URL = /^(?:nats|tls):\/\/[^\s/]+$/;
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;
const ONE_LINE = /^(?=.*\S)\P{Cc}+$/u;
/** Smallest limit on the size of stanzas that RFC 6120 section 13.12 allows. */
const SMALLEST_STANZA_LIMIT = 10_000;
/** Largest limit: servers have lower limits by default, and PostgreSQL can index all words of such a message. */
const LARGEST_STANZA_LIMIT = 1_048_576;
/** Smallest limit of the output backlog: more than the output on its way to the server at any time. */
const SMALLEST_OUTBOX = 16_777_216;

const text = () => z.string();
const count = () => z.int().min(0);

const roomDefaults = z
  .strictObject(
    mapOptions<typeof OPTION_SCHEMAS>(({ key }) => described(`rooms.defaults.${key}`, OPTION_SCHEMAS[key])),
  )
  .exactPartial();

const uris = z.array(text().refine((uri) => URI.test(uri) && URL.canParse(uri)));
const contacts = {
  abuse: setting("service.contacts.abuse", uris),
  admin: setting("service.contacts.admin", uris),
  feedback: setting("service.contacts.feedback", uris),
  sales: setting("service.contacts.sales", uris),
  security: setting("service.contacts.security", uris),
  status: setting("service.contacts.status", uris),
  support: setting("service.contacts.support", uris),
} satisfies Record<ContactPurpose, z.ZodType>;

/** Words and patterns; words count as patterns for the limits. */
const names = z.array(text().regex(ONE_LINE)).superRefine((items, context) => {
  const problem = wildcardProblem(items);
  if (problem !== undefined)
    context.addIssue({ code: "custom", message: `expected a shorter list: ${problem}` });
});

const roomName = text()
  .refine((name) => normalizeLocal(name) !== undefined)
  .transform((name) => normalizeLocal(name) ?? name);
const banGroups = z.record(text().regex(ONE_LINE), z.array(roomName).min(2).max(50)).refine((groups) => {
  const names = Object.values(groups).flat();
  return new Set(names).size === names.length;
});

const users = z.array(bareUserJid).default([]);
/** A user who is named twice would be changed again and again. */
const configuredRoom = z
  .strictObject({
    options: roomConfigSchema.default({}),
    owners: z.array(bareUserJid).min(1),
    admins: users,
    members: z.record(bareUserJid, z.string()).default({}),
    banned: users,
  })
  .refine(({ owners, admins, members, banned }) => {
    const named = [...owners, ...admins, ...Object.keys(members), ...banned];
    return new Set(named).size === named.length;
  });
const configuredRooms = z.record(roomName, configuredRoom);

const listAddress = text()
  .refine((address) => readListAddress(address) !== undefined)
  .transform((address) => readListAddress(address) ?? { service: address, node: "" });

/**
 * The settings of one source: the file, or the environment in the file's form. Everything is optional, because another
 * source may have it. Addresses are normalized.
 */
export const sourceSchema = z.strictObject({
  $schema: text().meta({ description: "Address of this schema, for editors" }).exactOptional(),
  component: z
    .strictObject({
      host: setting(
        "component.host",
        text().refine((host) => HOST.test(host) || isIPv6(host)),
      ),
      port: setting("component.port", z.int().min(1).max(65535)),
      domain: setting(
        "component.domain",
        text()
          .refine((domain) => bareDomain(domain) !== undefined)
          .transform((domain) => bareDomain(domain) ?? domain),
      ),
      secret: setting("component.secret", text().min(1)),
      secretFile: setting("component.secretFile", text().min(1)),
      tls: setting("component.tls", z.boolean()),
      tlsName: setting(
        "component.tlsName",
        text().refine((host) => HOST.test(host) || isIPv6(host)),
      ),
      tlsCaFile: setting("component.tlsCaFile", text().min(1)),
      multicast: setting(
        "component.multicast",
        text()
          .refine((domain) => bareDomain(domain) !== undefined)
          .transform((domain) => bareDomain(domain) ?? domain),
      ),
    })
    .exactOptional(),
  service: z
    .strictObject({
      name: setting("service.name", text().regex(ONE_LINE)),
      admins: setting(
        "service.admins",
        z.array(bareUserJid).transform((jids) => [...new Set(jids)]),
      ),
      users: setting("service.users", userSet),
      roomCreation: setting("service.roomCreation", userSet),
      persistentRooms: setting("service.persistentRooms", userSet),
      publicRooms: setting("service.publicRooms", userSet),
      contacts: setting("service.contacts", z.strictObject(contacts)),
      language: setting("service.language", text().regex(LANGUAGE_TAG)),
      languageFiles: setting("service.languageFiles", z.array(text().min(1))),
    })
    .exactOptional(),
  blocklists: z
    .strictObject({
      entry: setting("blocklists.entry", userList),
      creation: setting("blocklists.creation", userList),
      everything: setting("blocklists.everything", userList),
      subscribe: setting("blocklists.subscribe", z.array(listAddress)),
    })
    .exactOptional(),
  rooms: z
    .strictObject({
      defaults: setting("rooms.defaults", roomDefaults),
      fixedOptions: setting("rooms.fixedOptions", z.array(z.enum(ROOM_OPTION_LIST.map(({ key }) => key)))),
      reservedNicknames: setting("rooms.reservedNicknames", names),
      names: setting("rooms.names", names),
      reservedNames: setting("rooms.reservedNames", names),
      banGroups: setting("rooms.banGroups", banGroups),
      configured: setting("rooms.configured", configuredRooms),
      joinWithoutExtension: setting("rooms.joinWithoutExtension", z.boolean()),
      tombstoneDays: setting("rooms.tombstoneDays", count()),
      unusedDays: setting("rooms.unusedDays", count()),
    })
    .exactOptional(),
  occupants: z
    .strictObject({
      pingAfter: setting("occupants.pingAfter", count()),
      pingTimeout: setting("occupants.pingTimeout", z.int().min(1)),
    })
    .exactOptional(),
  limits: z
    .strictObject({
      rooms: setting("limits.rooms", z.int().min(1)),
      roomsPerHour: setting("limits.roomsPerHour", z.int().min(1)),
      roomsPerDomain: setting("limits.roomsPerDomain", count()),
      occupantsPerRoom: setting("limits.occupantsPerRoom", z.int().min(1)),
      stanzaBytes: setting(
        "limits.stanzaBytes",
        z.int().min(SMALLEST_STANZA_LIMIT).max(LARGEST_STANZA_LIMIT),
      ),
      sentStanzaBytes: setting(
        "limits.sentStanzaBytes",
        z.int().min(SMALLEST_STANZA_LIMIT + ROOM_OVERHEAD_BYTES),
      ),
      outboxBytes: setting("limits.outboxBytes", z.int().min(SMALLEST_OUTBOX)),
      historyLength: setting("limits.historyLength", count()),
      nicknameLength: setting("limits.nicknameLength", z.int().min(1)),
      sessionsPerUser: setting("limits.sessionsPerUser", z.int().min(1)),
      messagesPerMinute: setting("limits.messagesPerMinute", count()),
      statesPerMinute: setting("limits.statesPerMinute", count()),
      privateMessagesPerMinute: setting("limits.privateMessagesPerMinute", count()),
      entriesPerMinute: setting("limits.entriesPerMinute", count()),
      nicknamesPerMinute: setting("limits.nicknamesPerMinute", count()),
      presencePerMinute: setting("limits.presencePerMinute", count()),
      invitationsPerMinute: setting("limits.invitationsPerMinute", count()),
      requestsPerMinute: setting("limits.requestsPerMinute", count()),
      archiveQueriesPerMinute: setting("limits.archiveQueriesPerMinute", count()),
      searchesPerMinute: setting("limits.searchesPerMinute", count()),
      discoPerMinute: setting("limits.discoPerMinute", count()),
      domainRateFactor: setting("limits.domainRateFactor", count()),
      strangerCharacters: setting("limits.strangerCharacters", count()),
      strangerLines: setting("limits.strangerLines", count()),
      strangerMentions: setting("limits.strangerMentions", count()),
      strangerBytes: setting("limits.strangerBytes", count()),
      raidEntries: setting("limits.raidEntries", count()),
      raidRefusals: setting("limits.raidRefusals", count()),
      invitationsPerHour: setting("limits.invitationsPerHour", count()),
      archivePage: setting("limits.archivePage", z.int().min(1)),
      freeDiskBytes: setting("limits.freeDiskBytes", count()),
    })
    .exactOptional(),
  archive: z
    .strictObject({
      maxDays: setting("archive.maxDays", count()),
      maxMessagesPerRoom: setting("archive.maxMessagesPerRoom", count()),
      actDays: setting("archive.actDays", count()),
      privateMessages: setting("archive.privateMessages", z.boolean()),
      presence: setting("archive.presence", z.boolean()),
    })
    .exactOptional(),
  metrics: z
    .strictObject({
      host: setting(
        "metrics.host",
        text().refine((host) => HOST.test(host) || isIPv6(host)),
      ),
      port: setting("metrics.port", z.int().min(1).max(65535)),
    })
    .exactOptional(),
  http: z
    .strictObject({
      host: setting(
        "http.host",
        text().refine((host) => HOST.test(host) || isIPv6(host)),
      ),
      port: setting("http.port", z.int().min(1).max(65535)),
      console: setting("http.console", z.boolean()),
    })
    .exactOptional(),
  pages: z
    .strictObject({
      host: setting(
        "pages.host",
        text().refine((host) => HOST.test(host) || isIPv6(host)),
      ),
      port: setting("pages.port", z.int().min(1).max(65535)),
      url: setting("pages.url", text().refine(isPagesUrl)),
      webChatUrl: setting("pages.webChatUrl", text().refine(isWebChatUrl)),
      robots: setting("pages.robots", z.enum(PAGES_ROBOTS)),
    })
    .exactOptional(),
  storage: setting(
    "storage",
    text()
      .superRefine((url, context) => {
        const problem = storageProblem(url);
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
      })
      .transform(storageOf)
      .meta({ pattern: STORAGE_PATTERN }),
  ),
  standby: setting("standby", z.boolean()),
  cluster: setting("cluster", z.boolean()),
  nodeName: setting("nodeName", text().regex(NODE_NAME)),
  nats: setting("nats", z.array(text().refine((url) => NATS_URL.test(url) && URL.canParse(url)))),
  controlSocket: setting("controlSocket", text().min(1)),
  logLevel: setting("logLevel", z.enum(LOG_LEVELS)),
});

/** The checked settings of one source. */
export type SourceValues = z.output<typeof sourceSchema>;

interface JsonSchema {
  [keyword: string]: unknown;
  properties?: Record<string, JsonSchema>;
}

/** Returns the JSON Schema of the configuration file. */
export function configJsonSchema(): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(sourceSchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const schema = { $schema, title: "Configuration of Verona, a Multi-User Chat service for XMPP", ...rest };
  for (const [path, setting] of Object.entries(SETTINGS)) {
    const place = path
      .split(".")
      .reduce<JsonSchema | undefined>((parent, key) => parent?.properties?.[key], schema as JsonSchema);
    if (place === undefined) throw new Error(`the schema has no ${path}`);
    if ("default" in setting) place.default = setting.default;
  }
  return schema as JsonSchema;
}

/** Adds the description of a setting to its schema, and makes it optional. */
function setting<S extends z.ZodType>(path: SettingPath, schema: S): z.ZodExactOptional<S> {
  return described(path, schema).exactOptional();
}

/** Adds a setting's description. */
function described<S extends z.ZodType>(path: SettingPath, schema: S): S {
  const { description, variable } = settingAt(path);
  const suffix = variable === undefined ? "" : `. Environment: ${variable}`;
  return schema.meta({ ...schema.meta(), description: `${description}${suffix}` });
}

function bareDomain(jid: string): string | undefined {
  const parsed = parseJid(jid);
  return parsed !== undefined && parsed.full === parsed.domain ? parsed.domain : undefined;
}
