// Composes the service, starts it and stops it.
import type { Logger } from "pino";
import { ActLog } from "./act-log.ts";
import { ServiceBans } from "./blocklist/service-bans.ts";
import { GroupBans } from "./blocklist/shared-bans.ts";
import { SubscribedLists } from "./blocklist/subscribed-lists.ts";
import { startCluster } from "./cluster-service.ts";
import type { Config } from "./config/config.ts";
import { applyChanges, type Changes } from "./config/live-settings.ts";
import { ConfiguredRooms } from "./configured-rooms.ts";
import { ServerConnection } from "./connection/server-connection.ts";
import { DelayedCall } from "./delayed-call.ts";
import { EventSource } from "./events/event-source.ts";
import { FaultLog } from "./fault-log.ts";
import { watchForHandover } from "./handover.ts";
import { LiveService } from "./live-service.ts";
import { readManifest } from "./manifest.ts";
import { metricsSources, type ServiceParts } from "./metrics-sources.ts";
import { Effects } from "./muc/model/effects.ts";
import type { JournalEntry } from "./muc/model/journal.ts";
import { RoomRegistry } from "./muc/service/registry.ts";
import { RoomCounts } from "./muc/service/room-counts.ts";
import type { Reloaded } from "./operations/operation-service.ts";
import { OperationRunner } from "./operations/run-operation.ts";
import { startPeriodicTasks } from "./periodic-tasks.ts";
import { finishWork } from "./planned-stop.ts";
import { reachesServer } from "./reaches-server.ts";
import { Retention } from "./retention.ts";
import { RoomLoader } from "./room-loader.ts";
import { registryOptions, roomEnvironment } from "./room-settings.ts";
import { roomsInMemory } from "./rooms-in-memory.ts";
import { Router } from "./router.ts";
import { ConfiguredAccess } from "./service-access.ts";
import { LiveControl } from "./service-control.ts";
import { ServiceDoors } from "./service-doors.ts";
import { StanzaIntake } from "./stanza-intake.ts";
import { statusSource } from "./status-source.ts";
import { openServiceStore } from "./storage/open-store.ts";
import { DatabaseWatch } from "./storage/sqlite/watch.ts";
import { StorageError } from "./storage/store.ts";
import { StoreRecords } from "./storage/store-records.ts";
import { UnusedRooms } from "./unused-rooms.ts";
import { Webhooks } from "./webhooks/webhooks.ts";
import { serialize } from "./xmpp/element.ts";
import { normalizeLocal } from "./xmpp/jid.ts";

const HANDED_OVER =
  "the XMPP server cannot be reached from here: a standby that reaches it takes over, and this process ends";
const ROOMS_HANDED_OVER =
  "this node has had no link to the XMPP server, or none to other nodes, for five seconds: other nodes take its rooms, and this process ends";

/** Milliseconds from a change of the blocklists to the removal of occupants: many changes come together. */
const REMOVAL_DELAY_MS = 1_000;

export interface RunningService {
  /** Informs occupants, writes pending output, closes stream and store; rejects with the fault of a failed commit. */
  stop(): Promise<void>;
  /** Applies the settings of a reloaded configuration that need no restart. */
  reconfigure(next: Config): Changes;
  /** Resolves with the fault when the service cannot continue: a commit has failed or the database is lost. */
  readonly failed: Promise<Error>;
}

/**
 * Starts the service: opens the store, then links to the server. Rejects with `StorageError`. `reload`: loads the configuration
 * again, for operators, and passes it to `reconfigure`.
 */
export async function startService(
  initial: Config,
  log: Logger,
  reload: () => Reloaded = cannotReload,
): Promise<RunningService> {
  const config = structuredClone(initial);
  const faultLog = new FaultLog(log);
  const faulted = (error: unknown, node: string): void =>
    faultLog.note({ err: error, room: node }, "a room failed");
  const damaged = (problem: string, node?: string): void =>
    faultLog.note({ err: new StorageError(problem), room: node }, "ignoring damaged data in the store");
  let started: ServiceParts | undefined;
  const pageAnswers = new Map<string, number>();
  const sources = metricsSources(() => started, config, pageAnswers);
  const doors = new ServiceDoors({ config, sources, pageAnswers, faultLog, log });
  await doors.open();
  const way = { reachesServer: () => reachesServer(config.component) };
  const sharing = { standby: config.standby ? way : undefined, cluster: config.cluster };
  const { store, lease, lost, shared } = await openServiceStore(config.storage, log, damaged, sharing);
  const lists = new SubscribedLists({
    addresses: () => config.blocklists.subscribe,
    table: store,
    domain: config.component.domain,
    write: (text) => connection.link.write(text),
    isOpen: () => connection.isOpen,
    isFirst: () => cluster?.isFirst !== false,
    forward: (stanza) => void cluster?.ask({ what: "blocklist", stanza: serialize(stanza) }),
    otherLists: () => sharedBans.lists,
    changed: () => listsChanged(),
    ...{ log, elapsed: () => performance.now() },
  });
  const sharedBans = new GroupBans({
    groups: () => config.rooms.banGroups,
    table: store,
    roomOf: (node) => registry.get(node),
    isServiceAdmin: (jid) => registry.environment.isServiceAdmin(jid),
    loadRoom: (node) => store.loadRoom(node),
    roomsInBanGroups: (after, count) => store.roomsInBanGroups(after, count),
    isFirst: () => cluster?.isFirst !== false,
    isShared: shared !== undefined,
    changed: () => listsChanged(),
    ownersChanged: () => removal.request(),
    log,
  });
  const bans = new ServiceBans({
    table: store,
    isShared: shared !== undefined,
    changed: () => listsChanged(),
    failed: (error) => faultLog.note({ err: error }, "cannot read the bans of the service"),
  });
  const access = new ConfiguredAccess(
    config,
    (user) => lists.has(user),
    (user) => bans.has(user),
  );
  const registry = new RoomRegistry(
    roomEnvironment(config, access, sharedBans),
    registryOptions(config, access, { faulted, damaged }),
    await store.loadDestroyedRooms(),
    new RoomCounts(await store.countRooms(), await store.countRoomsByDomain()),
  );
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const acts = new ActLog({ ...registry.environment, log });
  const events = new EventSource({
    domain: config.component.domain,
    now: registry.environment.now,
    roomOf: (node) => registry.get(node),
    faulted: (error, node) => faultLog.note({ err: error, room: node }, "failed to tell of an event"),
  });
  const webhooks = new Webhooks({
    table: store,
    log,
    now: registry.environment.now,
    agent: `Verona/${readManifest().version}`,
    isFirst: () => cluster?.isFirst !== false,
    isShared: shared !== undefined,
    commit: (entries) => live.apply(effectsOf(entries)),
  });
  events.keeper = webhooks;
  const sharedRooms = shared && { ...shared, owns: (node: string) => cluster?.owns(node) === true };
  const records = new StoreRecords(store, roomsInMemory(registry), sharedRooms);
  const connection = new ServerConnection({ ...config, log, lease }, records, {
    stanza(element) {
      if (!cluster?.takeReturned(element) && !lists.take(element)) intake.receive(element);
    },
    takesLate: shared !== undefined,
    online() {
      registry.liveness.askAllAgain();
      cluster?.serverOnline();
      lists.online();
    },
    paused: (isPaused) => cluster?.setPaused(isPaused),
    adding: (effects) => events.note(effects),
    added(output) {
      if (output.journal) {
        acts.note(output.journal);
        sharedBans.note(output.journal);
      }
      acts.noteRefusals(output);
    },
    failed: (error) => fail(error instanceof Error ? error : new Error(String(error))),
    unreadable(error, node) {
      faultLog.note({ err: error, room: node }, "failed to answer a request from the store");
      // Rules that ran on the result may have left changes in the room.
      const room = registry.get(node);
      if (room) outbox.add(registry.salvage(room));
    },
    unwritable: (error, node) =>
      faultLog.note({ err: error, room: node }, "failed to write a stanza of a room"),
    oversize: ({ node, size, what }) =>
      faultLog.note(
        { room: node, bytes: size, limit: config.limits.sentStanzaBytes, what },
        "a stanza is larger than limits.sentStanzaBytes and was not sent",
      ),
    committed: (seconds) => doors.committed(seconds),
  });
  const { outbox, backpressure, link } = connection;
  const databaseWatch = watchDatabase(config, log, fail);
  const loader = new RoomLoader(registry, store, outbox, { faulted });
  const router = createRouter(registry, config, log);
  const isDiskLow = (): boolean => databaseWatch?.isLow === true;
  const { limits } = config;
  const removal = new DelayedCall(() => outbox.add(registry.removeListed()), REMOVAL_DELAY_MS);
  const listsChanged = (): void => {
    access.changed();
    removal.request();
  };
  await lists.load();
  await bans.load();
  await sharedBans.load();
  await webhooks.load();
  const stopping = new AbortController();
  const parts = { registry, loader, router, outbox, backpressure, faultLog, log, limits, isDiskLow };
  const intake = new StanzaIntake({ ...parts, cluster: () => cluster });
  const cluster =
    shared &&
    startCluster(
      { ...parts, config, connection, lists, intake, store, lease, ...shared, operations: () => operations },
      stopping.signal,
    );
  started = { connection, registry, intake, lease, cluster, lists, isDiskLow };
  lost?.then(fail);
  const handOver = (): void => fail(new StorageError(cluster ? ROOMS_HANDED_OVER : HANDED_OVER));
  const stopHandover = lease && watchForHandover(lease, cluster?.way ?? { link, ...way }, handOver);
  const stopTasks = startPeriodicTasks({ registry, loader, connection, faultLog, config });
  if (!cluster)
    loader
      .loadOccupied(stopping.signal, (error, node) =>
        faultLog.note({ err: error, room: node }, "failed to load a room"),
      )
      .catch((error) => log.error({ err: error }, "failed to load the occupied rooms"));
  const status = statusSource(config, connection, () => intake.received.message);
  const live = new LiveService({
    ...{ registry, records, store, status, events, webhooks, bans, loader, outbox },
    blocklists: { configured: () => config.blocklists, subscribed: () => lists.figures() },
    control: new LiveControl({ registry, router, outbox, log, reload }),
  });
  const operations = new OperationRunner(live, log);
  operations.others = cluster;
  const configuredRooms = new ConfiguredRooms({
    rooms: () => config.rooms.configured,
    isFirst: () => cluster?.isFirst !== false,
    ...{ operations, log },
  });
  router.operations = operations;
  const api = {
    ...{ domain: config.component.domain, operations, tokens: live.tokens, store, events },
    async whenStored() {
      await outbox.whenCommitted();
      await store.apiTokens();
    },
  };
  await doors.serve(api, operations, records);
  const retention = new Retention(
    store,
    config.archive,
    (error) => log.error({ err: error }, "failed to remove old messages"),
    () => cluster?.isFirst !== false,
  );
  const unused = new UnusedRooms({
    service: live,
    days: () => config.rooms.unusedDays,
    isKept: (node) => Object.keys(config.rooms.configured).some((name) => normalizeLocal(name) === node),
    failed: (error) => faultLog.note({ err: error }, "failed to look for unused rooms"),
  });
  retention.start();
  lists.start();
  sharedBans.start();
  unused.start();
  bans.start();
  webhooks.start();
  if (cluster) cluster.start(() => connection.start());
  else connection.start();
  configuredRooms.request();
  return {
    failed,
    reconfigure(next) {
      const changes = applyChanges(config, next);
      doors.reopen(changes.applied);
      lists.reconfigure();
      void sharedBans.load().then(() => sharedBans.compare());
      listsChanged();
      configuredRooms.request();
      return changes;
    },
    async stop() {
      stopping.abort();
      stopHandover?.();
      const doorsClosed = doors.close();
      databaseWatch?.stop();
      connection.stopWatching();
      lists.stop();
      sharedBans.stop();
      unused.stop();
      bans.stop();
      configuredRooms.stop();
      removal.cancel();
      stopTasks();
      try {
        await doorsClosed;
        await cluster?.leave();
        const isStored = config.storage.kind !== "memory";
        await finishWork({
          registry,
          loader,
          intake,
          connection,
          log,
          isStored,
          cluster,
        });
      } finally {
        await link.stop();
        await cluster?.stop();
        await webhooks.stop();
        // Not awaited: if the database does not answer, a step in flight ends only with the store.
        void retention.stop();
        await store.close();
      }
    },
  };
}

const cannotReload = (): Reloaded => ({
  applied: [],
  afterRestart: [],
  problems: ["this process cannot load its configuration again"],
});

/** Makes effects that only change the store. */
function effectsOf(entries: readonly JournalEntry[]): Effects {
  const effects = new Effects();
  effects.journal.push(...entries);
  return effects;
}

function createRouter(registry: RoomRegistry, config: Config, log: Logger): Router {
  const facts = {
    get name() {
      return config.service.name;
    },
    get contacts() {
      return config.service.contacts;
    },
    version: readManifest().version,
    now: Date.now,
    memory: process.memoryUsage.rss,
  };
  return new Router(registry, facts, (error, stanza) =>
    log.error({ err: error, room: stanza.to.bare, kind: stanza.kind }, "failed to handle a stanza"),
  );
}

/** Watches the files and the disk of an SQLite database. */
function watchDatabase(
  { storage, limits }: Config,
  log: Logger,
  lost: (error: Error) => void,
): DatabaseWatch | undefined {
  if (storage.kind !== "sqlite") return undefined;
  return new DatabaseWatch(storage.path, () => limits.freeDiskBytes, {
    lost,
    low: (free) =>
      log.error({ free, limit: limits.freeDiskBytes }, "the disk is nearly full: rooms refuse messages"),
    relieved: (free) => log.info({ free }, "the disk has enough space again: rooms accept messages"),
  });
}
