// The ways into the service beside its link: metrics, the HTTP API, the public pages and the control socket. A reload may move each of them.
import type { Logger } from "pino";
import type { Config } from "./config/config.ts";
import { answerControl } from "./control/answer-control.ts";
import { type ControlSocket, openControlSocket } from "./control/control-socket.ts";
import { FaultLog } from "./fault-log.ts";
import type { HttpParts, HttpService } from "./http/http-service.ts";
import { type HttpApi, serveHttp } from "./http/serve-http.ts";
import { readManifest } from "./manifest.ts";
import type { Sources } from "./metrics/measurements.ts";
import { type Metrics, serveMetrics } from "./metrics/serve-metrics.ts";
import type { Records } from "./muc/model/records.ts";
import type { OperationRunner } from "./operations/run-operation.ts";
import { type Pages, servePages } from "./pages/serve-pages.ts";
import type { PagesParts } from "./pages/server.ts";

interface DoorParts {
  /** The live configuration. */
  readonly config: Pick<Config, "metrics" | "http" | "pages" | "controlSocket" | "component" | "service">;
  readonly sources: Sources;
  /** Counts the answers of the public pages by status. */
  readonly pageAnswers: Map<string, number>;
  readonly faultLog: FaultLog;
  readonly log: Logger;
}

export class ServiceDoors {
  readonly #parts: DoorParts;
  readonly #httpParts: HttpParts;
  readonly #pagesParts: PagesParts;
  #records: Records | undefined;
  #service: HttpService | undefined;
  #operations: OperationRunner | undefined;
  #metrics: Metrics | undefined;
  #http: HttpApi | undefined;
  #pages: Pages | undefined;
  #control: ControlSocket | undefined;
  #isClosed = false;
  /** One change after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: DoorParts) {
    this.#parts = parts;
    const { sources, pageAnswers, faultLog, log } = parts;
    const wrongTokens = new FaultLog({ error: log.warn.bind(log) });
    this.#httpParts = {
      version: readManifest().version,
      state: sources.state,
      service: () => this.#service,
      faulted: (error, text) => faultLog.note({ err: error }, text),
      wrongToken: (from) => wrongTokens.note({ from }, "a request of the HTTP API has a wrong token"),
    };
    this.#pagesParts = {
      name: () => parts.config.service.name,
      domain: parts.config.component.domain,
      records: () => this.#records,
      answered: (status) => pageAnswers.set(String(status), (pageAnswers.get(String(status)) ?? 0) + 1),
      faulted: (error, text) => faultLog.note({ err: error }, text),
    };
  }

  /** Opens what tells of the service before it serves. Faults are logged. */
  async open(): Promise<void> {
    await this.#openMetrics();
    await this.#openHttp();
    await this.#openPages();
  }

  /** Lets operators and readers in: the service is there. */
  async serve(service: HttpService, operations: OperationRunner, records: Records): Promise<void> {
    this.#service = service;
    this.#records = records;
    this.#operations = operations;
    await this.#openControl();
  }

  /** Records the duration of a commit in seconds. */
  committed(seconds: number): void {
    this.#metrics?.committed(seconds);
  }

  /** Opens anew what settings moved. */
  reopen(changed: readonly string[]): void {
    const move = (setting: string, close: () => unknown, open: () => Promise<void>): void => {
      if (!changed.includes(setting)) return;
      this.#turn = this.#turn.then(async () => {
        await close();
        if (!this.#isClosed) await open();
      });
    };
    move(
      "metrics",
      () => this.#metrics?.close(),
      () => this.#openMetrics(),
    );
    move(
      "http",
      () => this.#http?.close(),
      () => this.#openHttp(),
    );
    move(
      "pages",
      () => this.#pages?.close(),
      () => this.#openPages(),
    );
    move(
      "controlSocket",
      () => this.#control?.close(),
      () => this.#openControl(),
    );
  }

  /** Closes all. Answers and pages under way have a second. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#metrics?.close();
    this.#control?.close();
    await this.#turn;
    await Promise.all([this.#http?.close(), this.#pages?.close()]);
  }

  async #openMetrics(): Promise<void> {
    const { config, sources, log } = this.#parts;
    this.#metrics = config.metrics && (await serveMetrics(config.metrics, sources, log));
  }

  async #openHttp(): Promise<void> {
    const { config, log } = this.#parts;
    this.#http = config.http && (await serveHttp(config.http, this.#httpParts, log));
  }

  async #openPages(): Promise<void> {
    const { config, log } = this.#parts;
    this.#pages = config.pages && (await servePages(config.pages, this.#pagesParts, log));
  }

  async #openControl(): Promise<void> {
    const { config, log } = this.#parts;
    const [path, operations] = [config.controlSocket, this.#operations];
    this.#control = undefined;
    if (!operations) return;
    try {
      this.#control = await openControlSocket(path, (request) => answerControl(operations, request));
    } catch (error) {
      log.warn({ err: error, path }, "cannot create the control socket: commands cannot reach this service");
    }
  }
}
