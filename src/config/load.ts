import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { ROOM_OVERHEAD_BYTES } from "../muc/model/size-limits.ts";
import { withAbsolutePaths } from "./absolute-paths.ts";
import { type Config, ConfigError, type StorageConfig } from "./config.ts";
import { readEnvironment } from "./environment.ts";
import { findConfigFile, readConfigFile, reasonOf } from "./file.ts";
import { readLanguages } from "./languages.ts";
import { NODE_NAME } from "./node-name.ts";
import { roomDefaults } from "./room-defaults.ts";
import type { SourceValues } from "./schema.ts";
import { readSecret } from "./secret.ts";
import { defaultOf, type SettingPath, settingAt } from "./settings.ts";
import { checkSource } from "./source-check.ts";
import { storageOf } from "./storage-url.ts";

export interface LoadOptions {
  /** The configuration file. The default is ./config.json, which may be absent. */
  readonly path?: string;
  readonly env: NodeJS.ProcessEnv;
  /** The folder of relative paths outside the file. */
  readonly cwd?: string;
}

/**
 * Loads the configuration from the file and the environment, which takes precedence, and adds the defaults. Throws
 * `ConfigError` with every problem of both. Writes no files.
 */
export function loadConfig({ path, env, cwd = process.cwd() }: LoadOptions): Config {
  const problems: string[] = [];
  const fileName = findConfigFile(path, cwd);
  const fileSource = fileName === undefined ? undefined : readConfigFile(fileName, cwd, problems);
  const fileLost = problems.length > 0;
  const file = checkSource(fileSource ?? { values: {}, where: (key) => key });
  const environment = checkSource(readEnvironment(env, problems));
  problems.push(...file.problems, ...environment.problems);

  const fromFile = withAbsolutePaths(file.values, dirname(resolve(cwd, fileName ?? "")));
  const fromEnvironment = withAbsolutePaths(environment.values, cwd);
  const values = merge(fromFile, fromEnvironment);
  const given = (key: string) => fileLost || isBad(file.bad, key) || isBad(environment.bad, key);
  const { component = {}, service = {}, limits = {} } = values;

  const { secret, given: secretGiven } = readSecret(fromFile, fromEnvironment, problems);
  if (component.domain === undefined && !given("component.domain")) {
    problems.push(
      `${missing("component.domain", fileName)}, expected ${settingAt("component.domain").expected}`,
    );
  }
  if (!secretGiven && !given("component.secret") && !given("component.secretFile")) {
    problems.push(
      `${missing("component.secret", fileName)}, expected it or component.secretFile (VERONA_SECRET_FILE)`,
    );
  }
  const tls = tlsOf(component, problems);
  const allLimits = {
    rooms: limits.rooms ?? defaultOf("limits.rooms"),
    roomsPerHour: limits.roomsPerHour ?? defaultOf("limits.roomsPerHour"),
    roomsPerDomain: limits.roomsPerDomain ?? defaultOf("limits.roomsPerDomain"),
    occupantsPerRoom: limits.occupantsPerRoom ?? defaultOf("limits.occupantsPerRoom"),
    stanzaBytes: limits.stanzaBytes ?? defaultOf("limits.stanzaBytes"),
    sentStanzaBytes: limits.sentStanzaBytes ?? defaultOf("limits.sentStanzaBytes"),
    outboxBytes: limits.outboxBytes ?? defaultOf("limits.outboxBytes"),
    historyLength: limits.historyLength ?? defaultOf("limits.historyLength"),
    nicknameLength: limits.nicknameLength ?? defaultOf("limits.nicknameLength"),
    sessionsPerUser: limits.sessionsPerUser ?? defaultOf("limits.sessionsPerUser"),
    messagesPerMinute: limits.messagesPerMinute ?? defaultOf("limits.messagesPerMinute"),
    statesPerMinute: limits.statesPerMinute ?? defaultOf("limits.statesPerMinute"),
    privateMessagesPerMinute: limits.privateMessagesPerMinute ?? defaultOf("limits.privateMessagesPerMinute"),
    entriesPerMinute: limits.entriesPerMinute ?? defaultOf("limits.entriesPerMinute"),
    nicknamesPerMinute: limits.nicknamesPerMinute ?? defaultOf("limits.nicknamesPerMinute"),
    presencePerMinute: limits.presencePerMinute ?? defaultOf("limits.presencePerMinute"),
    invitationsPerMinute: limits.invitationsPerMinute ?? defaultOf("limits.invitationsPerMinute"),
    requestsPerMinute: limits.requestsPerMinute ?? defaultOf("limits.requestsPerMinute"),
    archiveQueriesPerMinute: limits.archiveQueriesPerMinute ?? defaultOf("limits.archiveQueriesPerMinute"),
    searchesPerMinute: limits.searchesPerMinute ?? defaultOf("limits.searchesPerMinute"),
    discoPerMinute: limits.discoPerMinute ?? defaultOf("limits.discoPerMinute"),
    domainRateFactor: limits.domainRateFactor ?? defaultOf("limits.domainRateFactor"),
    strangerCharacters: limits.strangerCharacters ?? defaultOf("limits.strangerCharacters"),
    strangerLines: limits.strangerLines ?? defaultOf("limits.strangerLines"),
    strangerMentions: limits.strangerMentions ?? defaultOf("limits.strangerMentions"),
    strangerBytes: limits.strangerBytes ?? defaultOf("limits.strangerBytes"),
    raidEntries: limits.raidEntries ?? defaultOf("limits.raidEntries"),
    raidRefusals: limits.raidRefusals ?? defaultOf("limits.raidRefusals"),
    invitationsPerHour: limits.invitationsPerHour ?? defaultOf("limits.invitationsPerHour"),
    archivePage: limits.archivePage ?? defaultOf("limits.archivePage"),
    freeDiskBytes: limits.freeDiskBytes ?? defaultOf("limits.freeDiskBytes"),
  };
  const most = allLimits.sentStanzaBytes - ROOM_OVERHEAD_BYTES;
  if (allLimits.stanzaBytes > most)
    problems.push(
      `limits.stanzaBytes: got ${allLimits.stanzaBytes}, expected no more than ${most}, because limits.sentStanzaBytes is ${allLimits.sentStanzaBytes}`,
    );
  const archive = {
    maxDays: values.archive?.maxDays ?? defaultOf("archive.maxDays"),
    maxMessagesPerRoom: values.archive?.maxMessagesPerRoom ?? defaultOf("archive.maxMessagesPerRoom"),
    actDays: values.archive?.actDays ?? defaultOf("archive.actDays"),
    privateMessages: values.archive?.privateMessages ?? defaultOf("archive.privateMessages"),
    presence: values.archive?.presence ?? defaultOf("archive.presence"),
  };
  const storage = values.storage ?? defaultStorage(cwd);
  if (values.standby === true && storage.kind !== "postgres" && !given("storage"))
    problems.push("standby: got true, expected it only with a PostgreSQL database in storage");
  const cluster = clusterOf(values, storage.kind === "postgres" || given("storage"), problems);
  const pages = pagesOf(values.pages, given("pages.url"), problems);
  const defaults = roomDefaults(values.rooms?.defaults ?? {}, { limits: allLimits, archive }, problems);

  if (problems.length > 0) throw new ConfigError(problems);
  return {
    component: {
      host: component.host ?? defaultOf("component.host"),
      port: component.port ?? defaultOf("component.port"),
      domain: component.domain as string,
      secret: secret as string,
      tls,
      multicast: component.multicast ?? defaultOf("component.multicast"),
    },
    service: {
      name: service.name ?? defaultOf("service.name"),
      admins: service.admins ?? [],
      users: service.users ?? [defaultOf("service.users")],
      roomCreation: service.roomCreation ?? [defaultOf("service.roomCreation")],
      persistentRooms: service.persistentRooms ?? [defaultOf("service.persistentRooms")],
      publicRooms: service.publicRooms ?? [defaultOf("service.publicRooms")],
      contacts: service.contacts ?? {},
      language: service.language ?? defaultOf("service.language"),
      languageFiles: readLanguages(service.languageFiles ?? [], problems),
    },
    blocklists: { entry: [], creation: [], everything: [], subscribe: [], ...values.blocklists },
    rooms: {
      defaults,
      fixedOptions: values.rooms?.fixedOptions ?? defaultOf("rooms.fixedOptions"),
      reservedNicknames: values.rooms?.reservedNicknames ?? defaultOf("rooms.reservedNicknames"),
      names: values.rooms?.names ?? defaultOf("rooms.names"),
      reservedNames: values.rooms?.reservedNames ?? defaultOf("rooms.reservedNames"),
      banGroups: values.rooms?.banGroups ?? defaultOf("rooms.banGroups"),
      configured: values.rooms?.configured ?? defaultOf("rooms.configured"),
      joinWithoutExtension: values.rooms?.joinWithoutExtension ?? defaultOf("rooms.joinWithoutExtension"),
      tombstoneDays: values.rooms?.tombstoneDays ?? defaultOf("rooms.tombstoneDays"),
      unusedDays: values.rooms?.unusedDays ?? defaultOf("rooms.unusedDays"),
    },
    occupants: {
      pingAfter: values.occupants?.pingAfter ?? defaultOf("occupants.pingAfter"),
      pingTimeout: values.occupants?.pingTimeout ?? defaultOf("occupants.pingTimeout"),
    },
    limits: allLimits,
    archive,
    metrics: addressOf("metrics.host", values.metrics),
    http: httpOf(values.http),
    pages,
    storage,
    standby: values.standby ?? defaultOf("standby"),
    cluster,
    controlSocket: controlSocketOf(values, storage, dirname(resolve(cwd, fileName ?? "config.json"))),
    logLevel: values.logLevel ?? defaultOf("logLevel"),
  };
}

/** Merges the settings of both sources, section by section and key by key. */
function merge(file: SourceValues, environment: SourceValues): SourceValues {
  return {
    ...file,
    ...environment,
    component: { ...file.component, ...environment.component },
    service: {
      ...file.service,
      ...environment.service,
      contacts: { ...file.service?.contacts, ...environment.service?.contacts },
    },
    blocklists: { ...file.blocklists, ...environment.blocklists },
    rooms: {
      ...file.rooms,
      ...environment.rooms,
      defaults: { ...file.rooms?.defaults, ...environment.rooms?.defaults },
    },
    occupants: { ...file.occupants, ...environment.occupants },
    limits: { ...file.limits, ...environment.limits },
    archive: { ...file.archive, ...environment.archive },
    metrics: { ...file.metrics, ...environment.metrics },
    http: { ...file.http, ...environment.http },
    pages: { ...file.pages, ...environment.pages },
  };
}

/** Returns the name of this process in its cluster; undefined without one. */
function clusterOf(
  { cluster = defaultOf("cluster"), standby, nodeName, nats = [] }: SourceValues,
  hasDatabase: boolean,
  problems: string[],
): Config["cluster"] {
  if (!cluster) return undefined;
  if (!hasDatabase)
    problems.push("cluster: got true, expected it only with a PostgreSQL database in storage");
  if (standby)
    problems.push("cluster: got true, expected it only without standby: each node stands by for the others");
  const name = nodeName ?? hostname().split(".", 1)[0]?.toLowerCase() ?? "";
  if (!NODE_NAME.test(name))
    problems.push(`nodeName: missing, and the host name ${JSON.stringify(name)} is no label of a domain`);
  return { name, nats };
}

/** Returns the address of a listener; undefined without a port. */
function addressOf(
  defaultHost: "metrics.host" | "http.host",
  { host, port }: NonNullable<SourceValues["metrics"]> = {},
): Config["metrics"] {
  return port === undefined ? undefined : { host: host ?? defaultOf(defaultHost), port };
}

function httpOf({ console, ...given }: NonNullable<SourceValues["http"]> = {}): Config["http"] {
  const address = addressOf("http.host", given);
  return address && { ...address, console: console ?? defaultOf("http.console") };
}

/** Returns the settings of the public pages; undefined without a port. */
function pagesOf(
  { host, port, url, webChatUrl, robots }: NonNullable<SourceValues["pages"]> = {},
  isUrlGiven: boolean,
  problems: string[],
): Config["pages"] {
  if (port === undefined) return undefined;
  if (url === undefined) {
    if (!isUrlGiven)
      problems.push(`pages.url: missing, expected ${settingAt("pages.url").expected}, with pages.port`);
    return undefined;
  }
  return {
    host: host ?? defaultOf("pages.host"),
    port,
    url: url.endsWith("/") ? url : `${url}/`,
    webChatUrl,
    robots: robots ?? defaultOf("pages.robots"),
  };
}

function missing(path: SettingPath, fileName: string | undefined): string {
  const file = fileName === undefined ? "there is no config.json" : `not in ${fileName}`;
  return `${path}: missing (${file}, and ${settingAt(path).variable} is not set)`;
}

function isBad(bad: ReadonlySet<string>, path: string): boolean {
  return [...bad].some((place) => place === "" || place === path || path.startsWith(`${place}.`));
}

function defaultStorage(cwd: string): StorageConfig {
  const storage = storageOf(defaultOf("storage"));
  return storage.kind === "sqlite" ? { ...storage, path: resolve(cwd, storage.path) } : storage;
}

/** Returns the path of the control socket: beside the SQLite database, or in the folder of the configuration file. */
function controlSocketOf({ controlSocket }: SourceValues, storage: StorageConfig, folder: string): string {
  return (
    controlSocket ?? (storage.kind === "sqlite" ? `${storage.path}.socket` : resolve(folder, "verona.socket"))
  );
}

/** Reads the trusted certificates. Returns undefined without TLS. */
function tlsOf(
  { tls, tlsName, tlsCaFile, host }: NonNullable<SourceValues["component"]>,
  problems: string[],
): Config["component"]["tls"] {
  if (tls !== true) {
    for (const [name, value] of Object.entries({ tlsName, tlsCaFile }))
      if (value !== undefined) problems.push(`component.${name}: expected it only with component.tls`);
    return undefined;
  }
  return { name: tlsName ?? host ?? defaultOf("component.host"), ca: readCertificates(tlsCaFile, problems) };
}

function readCertificates(path: string | undefined, problems: string[]): string | undefined {
  if (path === undefined) return undefined;
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
    problems.push(`component.tlsCaFile: ${path} has no certificate`);
  } catch (error) {
    problems.push(`component.tlsCaFile: cannot read ${path}: ${reasonOf(error)}`);
  }
  return undefined;
}
