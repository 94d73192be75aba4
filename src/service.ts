// Puts the parts together; start and graceful stop.
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import type { Logger } from "pino";
import { ActLog } from "./act-log.ts";
import { roomToAdminister } from "./admin/service-request.ts";
import { applyChanges, type Changes } from "./config/changes.ts";
import type { Config } from "./config/config.ts";
import { Backpressure } from "./connection/backpressure.ts";
import { ComponentLink } from "./connection/component-link.ts";
import { LinkWatchdog } from "./connection/link-watchdog.ts";
import { Multicast } from "./connection/multicast.ts";
import { Notice } from "./connection/notice.ts";
import { Outbox } from "./connection/outbox.ts";
import { PARSED_FACTOR } from "./connection/output-size.ts";
import { RoutingCheck } from "./connection/routing-check.ts";
import { SizeGuard } from "./connection/size-guard.ts";
import { FaultLog } from "./fault-log.ts";
import { readManifest } from "./manifest.ts";
import { type Metrics, serveMetrics } from "./metrics/serve-metrics.ts";
import { Effects } from "./muc/model/effects.ts";
import { PresenceBudget } from "./muc/model/presence-budget.ts";
import { RateLimiter } from "./muc/model/rate-limiter.ts";
import { DEFAULT_ROOM_CONFIG } from "./muc/model/room-config.ts";
import type { RoomEnvironment } from "./muc/model/room-environment.ts";
import {
  CONGESTED,
  DISK_FULL,
  isRefusedInCongestion,
  isRefusedOnFullDisk,
} from "./muc/service/congestion.ts";
import { Rounds } from "./muc/service/ping-schedule.ts";
import { RoomRegistry } from "./muc/service/registry.ts";
import { RoomCounts } from "./muc/service/room-counts.ts";
import { RollCallClock } from "./ping-clock.ts";
import { Retention } from "./retention.ts";
import { RoomLoader } from "./room-loader.ts";
import { Router } from "./router.ts";
import { openStore } from "./storage/open-store.ts";
import { loadPublicRooms, StoreRecords } from "./storage/public-rooms.ts";
import { DatabaseWatch } from "./storage/sqlite/watch.ts";
import { StorageError, type Store } from "./storage/store.ts";
import { answerControl } from "./transfer/backup.ts";
import { type ControlSocket, openControlSocket, socketPath } from "./transfer/control-socket.ts";
import { type Element, sizeOf } from "./xmpp/element.ts";
import { bareOf } from "./xmpp/jid.ts";
import {
  errorMessage,
  errorReply,
  readStanza,
  refuseAddress,
  refuseSize,
  type Stanza,
} from "./xmpp/stanza.ts";
import { errors, type StanzaError } from "./xmpp/stanza-error.ts";

/** How often the rooms are asked what the passing of time has brought about, in milliseconds. */
const TICK_MS = 10_000;
const ROUND_STEP_MS = 1_000;
/** So long a room that nobody is in stays in memory. */
const IDLE_MS = 600_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** So long a commit takes where the database is away. */
const LONG_COMMIT_MS = 5_000;
/** So long a stop waits for what has to be kept and written. */
const SETTLE_MS = 5_000;

export interface RunningService {
  /** Tells occupants, writes what is pending, closes the stream and the store; rejects with the fault of a failed commit. */
  stop(): Promise<void>;
  /** Takes over what it can of a configuration that was read again. */
  reconfigure(next: Config): Changes;
  /** Resolves with the fault when the service cannot go on (what it would tell could not be kept). */
  readonly failed: Promise<Error>;
}

/** Starts the service: rooms are read from the store, then the link to the server is made. Throws `StorageError`. */
export async function startService(initial: Config, log: Logger): Promise<RunningService> {
  const config = structuredClone(initial);
  const faultLog = new FaultLog(log);
  const damaged = (problem: string, node?: string): void =>
    faultLog.note({ err: new StorageError(problem), room: node }, "ignoring damaged data in the store");
  const store = await openStore(config.storage, log, damaged);
  const environment: RoomEnvironment = {
    now: Date.now,
    elapsed: () => performance.now(),
    newId: randomUUID,
    domain: config.component.domain,
    isServiceAdmin: (jid) => config.service.admins.includes(jid),
    invitations: new RateLimiter(HOUR_MS),
    presences: new PresenceBudget(),
    limits: config.limits,
    archive: config.archive,
    get joinWithoutExtension() {
      return config.rooms.joinWithoutExtension;
    },
    get tombstoneDays() {
      return config.rooms.tombstoneDays;
    },
  };
  const faulted = (error: unknown, node: string): void =>
    faultLog.note({ err: error, room: node }, "a room failed");
  const registry = new RoomRegistry(
    environment,
    Object.assign(registryOptions(config), { faulted, damaged }),
    await store.loadMovedRooms(),
    new RoomCounts(await store.countRooms(), await store.countRoomsByDomain()),
  );
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
  const router = new Router(registry, facts, (error, stanza) =>
    log.error({ err: error, room: stanza.to.bare, kind: stanza.kind }, "failed to handle a stanza"),
  );

  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const link = new ComponentLink(
    { ...config.component, log },
    {
      stanza: (element) => loop.take(element) || multicast.take(element) || receive(element),
      online() {
        loop.online();
        registry.attendance.doubt();
        multicast.online().catch((error) => log.error({ err: error }, "multicast discovery failed"));
      },
      offline() {
        loop.offline();
        multicast.offline();
      },
      drained: () => outbox.drained(),
    },
  );
  const write = (text: string) => link.write(text);
  const loop = new RoutingCheck({ domain: config.component.domain, log, write });
  const pressure = new Backpressure(link, config.limits.outboxBytes, log);
  const { backlog } = pressure;
  const watch = new LinkWatchdog(link, {
    isPaused: () => pressure.reading.isPaused,
    ask() {
      if (loop.hasPassed) loop.ping();
      return loop.hasPassed;
    },
  });
  const multicast = new Multicast(
    { ...config.component, stanzaBytes: config.limits.sentStanzaBytes, log },
    { write, confirmed: () => outbox.unblock(), refused: (node, text) => outbox.resend(node, text) },
  );
  const acts = new ActLog({ ...environment, log });
  const faults = {
    added: (output: Parameters<typeof acts.noteRefusals>[0]) => acts.noteRefusals(output),
    failed: (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))),
    unreadable: (error: unknown, node: string) => {
      faultLog.note({ err: error, room: node }, "failed to answer a request from the store");
      // Rules that went on with what was read may have left something in the room.
      const room = registry.get(node);
      if (room) outbox.add(registry.salvage(room));
    },
    unwritable: (error: unknown, node: string) =>
      faultLog.note({ err: error, room: node }, "a stanza of a room could not be written"),
    committed: (seconds: number) => metrics?.committed(seconds),
  };
  const guard = new SizeGuard(config.limits.sentStanzaBytes, ({ node, size, what }) =>
    faultLog.note(
      { room: node, bytes: size, limit: config.limits.sentStanzaBytes, what },
      "a stanza is larger than limits.sentStanzaBytes and was not sent",
    ),
  );
  const occupants = (node: string): number | undefined => registry.get(node)?.occupants.size;
  const records = new StoreRecords(store, await loadPublicRooms(store, occupants));
  const outbox = new Outbox(records, link, faults, { multicast, backlog, guard });
  const { storage } = config;
  const databaseWatch =
    storage.kind === "sqlite"
      ? new DatabaseWatch(storage.path, () => config.limits.freeDiskBytes, {
          lost: fail,
          low: (free) =>
            log.error(
              { free, limit: config.limits.freeDiskBytes },
              "the disk is nearly full: rooms take no messages",
            ),
          relieved: (free) => log.info({ free }, "the disk has room again: rooms take messages"),
        })
      : undefined;
  const loader = new RoomLoader(registry, store, outbox, { faulted });
  const received = { message: 0, presence: 0, iq: 0 };
  let metrics: Metrics | undefined;

  function route(stanza: Stanza): Effects {
    const effects = router.route(stanza);
    acts.note(stanza, effects);
    return effects;
  }

  function receive(element: Element): void {
    const stanza = readStanza(element);
    if (!stanza) {
      outbox.add(refuseUnaddressed(element));
      return;
    }
    received[stanza.kind] += 1;
    const size = sizeOf(element);
    const refusal = refuseSize(stanza, config.limits.stanzaBytes, size);
    if (refusal) {
      outbox.add(router.refuse(stanza, refusal));
      return;
    }
    const node = stanza.to.local ?? roomToAdminister(stanza, environment);
    const shedding = node === undefined ? undefined : backlog.sheddingFor(node, stanza.from.bare);
    if (node === undefined) outbox.add(route(stanza));
    else if (shedding && isRefusedInCongestion(registry.get(node), stanza, shedding))
      refuseUnkept(stanza, CONGESTED);
    else if (databaseWatch?.isLow && isRefusedOnFullDisk(registry.get(node), stanza))
      refuseUnkept(stanza, DISK_FULL);
    else {
      // It may have to wait for its room.
      const weight = { wire: 0, memory: size * PARSED_FACTOR };
      backlog.add(node, weight);
      loader.whenLoaded(node, (fault) => {
        backlog.remove(node, weight);
        outbox.add(handle(stanza, fault));
      });
    }
  }

  /** Its sender is told so before the room has said what waits; a message is not given back, which would add to that. */
  function refuseUnkept(stanza: Stanza, refusal: StanzaError): void {
    pressure.countRefusal();
    const { kind, from, to, id } = stanza;
    const isMessage = kind === "message";
    const reply = isMessage
      ? errorMessage(to.full, from.full, id, refusal)
      : errorReply(stanza, refusal, bareOf(to.full));
    outbox.sendNotice(Notice.of(reply));
  }

  function handle(stanza: Stanza, fault: unknown): Effects {
    if (fault === undefined) return route(stanza);
    faultLog.note({ err: fault, room: stanza.to.bare }, "a room could not be read");
    return router.refuse(stanza, errors.internalServerError("This room cannot be read at the moment"));
  }

  /** Rooms that somebody was in are read again, one after the other. */
  async function returnToRooms(): Promise<void> {
    registry.returning = true;
    try {
      for (const node of await store.occupiedRooms()) {
        if (stopping) return;
        const { promise: loaded, resolve } = Promise.withResolvers<void>();
        loader.whenLoaded(node, (fault) => {
          if (fault !== undefined) faultLog.note({ err: fault, room: node }, "a room could not be read");
          resolve();
        });
        await loaded;
        await immediate();
      }
    } finally {
      registry.returning = false;
    }
  }

  function refuseUnaddressed(element: Element): Effects {
    const effects = new Effects();
    const refusal = refuseAddress(element);
    if (refusal !== undefined) effects.send(refusal);
    const { from, to } = element.attrs;
    const subject = { element: element.getName(), from, to, answered: refusal !== undefined };
    // A warning would let any user fill the log.
    log.debug(subject, "a stanza without usable addresses");
    return effects;
  }

  if (config.metrics)
    metrics = await serveMetrics(
      config.metrics,
      {
        online: () => link.online,
        rooms: () => [...registry.all()].length,
        occupants: () => [...registry.all()].reduce((sum, room) => sum + room.occupants.size, 0),
        received: () => received,
        sent: () => outbox.sent,
        waiting: () => ({ ...outbox.waiting, socket: link.waiting }),
        held: () => backlog.memoryBytes,
        refused: () => pressure.refused,
        pauses: () => pressure.reading.pauses,
        pausedSeconds: () => pressure.reading.pausedMs / 1000,
      },
      log,
    );
  const rounds = new Rounds(registry, {
    get pingAfter() {
      return config.occupants.pingAfter * MINUTE_MS;
    },
    get pingTimeout() {
      return config.occupants.pingTimeout * MINUTE_MS;
    },
  });
  const guarded = (what: string, act: () => void) => (): void => {
    try {
      act();
    } catch (error) {
      faultLog.note({ err: error }, what);
    }
  };
  const passTime = guarded("the passing of time could not be told to the rooms", () => {
    outbox.add(registry.passTime());
    loader.unload(environment.elapsed() - IDLE_MS);
    loader.readLost();
  });
  const clock = setInterval(passTime, TICK_MS);
  const rollCall = new RollCallClock({
    rounds,
    attendance: registry.attendance,
    canAnswer: () => link.online && !pressure.reading.isPaused && outbox.committingMs < LONG_COMMIT_MS,
    elapsed: environment.elapsed,
  });
  const callRoll = guarded("quiet clients could not be asked", () =>
    outbox.add(rollCall.step() ?? new Effects()),
  );
  const roundsClock = setInterval(callRoll, ROUND_STEP_MS);
  let stopping = false;
  returnToRooms().catch((error) => log.error({ err: error }, "the rooms could not be read"));
  const control = await openControl(config, store, log);
  const retention = new Retention(store, config.archive, (error) =>
    log.error({ err: error }, "old messages could not be removed"),
  );
  retention.start();
  watch.start();
  link.start();
  return {
    failed,
    reconfigure: (next) => applyChanges(config, next),
    async stop() {
      stopping = true;
      metrics?.close();
      control?.close();
      databaseWatch?.stop();
      watch.stop();
      clearInterval(clock);
      clearInterval(roundsClock);
      // Rooms that are kept on disk have everybody in them at the next start.
      outbox.add(config.storage.kind === "memory" ? registry.shutDown() : registry.suspend());
      const settled = outbox.settle().then(() => true);
      try {
        if (!(await Promise.race([settled, delay(SETTLE_MS, false, { ref: false })])))
          log.error(
            outbox.isCommitted
              ? "what is not sent yet is given up, as the server does not take it"
              : "what is not kept yet is given up, as the database does not answer; nobody was told of it",
          );
      } finally {
        await link.stop();
        // A step that is under way ends with the store, before it or, where the database does not answer, unfinished.
        void retention.stop();
        await store.close();
      }
    },
  };
}

/** Where `verona backup` finds this service. It runs without, too. */
async function openControl(config: Config, store: Store, log: Logger): Promise<ControlSocket | undefined> {
  if (config.storage.kind !== "sqlite") return undefined;
  const path = socketPath(resolve(config.storage.path));
  try {
    return await openControlSocket(path, (request) => answerControl(store, request));
  } catch (error) {
    log.warn({ err: error, path }, "verona backup cannot reach this service: its socket cannot be made");
    return undefined;
  }
}

/** They follow the configuration, which may change while the service runs. */
function registryOptions(config: Config) {
  const isLocal = (jid: string): boolean =>
    config.component.domain.endsWith(`.${bareOf(jid).split("@").at(-1)}`);
  return {
    get defaults() {
      return { ...DEFAULT_ROOM_CONFIG, ...config.rooms.defaults };
    },
    get maxRooms() {
      return config.limits.rooms;
    },
    get roomsPerHour() {
      return config.limits.roomsPerHour;
    },
    get roomsPerDomain() {
      return config.limits.roomsPerDomain;
    },
    isLocal,
    flood: config.limits,
    mayCreateRooms(jid: string): boolean {
      const { admins, roomCreation } = config.service;
      if (admins.includes(jid) || roomCreation === "anyone") return true;
      return roomCreation === "local" && isLocal(jid);
    },
  };
}
