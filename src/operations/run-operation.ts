import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { parseJid } from "../xmpp/jid.ts";
import { refuse } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";
import { findOperation } from "./catalogue.ts";
import type { Caller, Operation, OperationOutcome } from "./operation.ts";
import { type OperationService, ROOM_MOVES } from "./operation-service.ts";
import type { OperationCall, OtherProcesses } from "./other-processes.ts";
import { nodeOf } from "./parameters.ts";

const FAILED = errors.internalServerError(say`The operation failed. The log of the service says why`);

/** Parameters that the log names. Others may be secret, or what people say. */
const LOGGED = ["room", "user", "nickname", "target", "token", "webhook"];

/** Parameters that nobody has checked may be longer than any address. */
const LONGEST_LOGGED = 3_071;

/** Milliseconds for which a call waits while a room moves between processes, and between two tries. */
const MOVE_MS = 10_000;
const AGAIN_MS = 100;

type Params = Readonly<Record<string, unknown>>;

/** Runs operations for all doors, and logs each one that changes something. */
export class OperationRunner {
  readonly #service: OperationService;
  readonly #log: Logger;
  /** The other processes that serve rooms; undefined if this one serves all. */
  others: OtherProcesses | undefined;

  constructor(service: OperationService, log: Logger) {
    this.#service = service;
    this.#log = log;
  }

  /** Returns a caller with the rights of the operator: rooms see the service itself. */
  operator(name: string): Caller {
    const { domain } = this.#service.registry.environment;
    const jid = parseJid(`${domain}/operator`);
    if (!jid) throw new Error(`${domain} is no domain`);
    return { jid, name };
  }

  /**
   * Runs the operation of a name. Refuses with `item-not-found` if there is none; a fault is logged and refused with
   * `internal-server-error`. Never rejects.
   */
  async run(name: string, params: Params, caller: Caller): Promise<OperationOutcome> {
    const operation = findOperation(name);
    if (!operation) return refuse(errors.itemNotFound(say`There is no operation ${name}`));
    const outcome = await this.#whereServed(operation, params, caller);
    const facts = this.#facts(name, params, caller);
    if (operation.effect === "reads") return outcome;
    if (outcome.kind === "refused")
      this.#log.info({ ...facts, refused: outcome.error.condition }, "an operation was refused");
    else this.#log.info(facts, "operation");
    return outcome;
  }

  /** Runs a call of another process on a room that this one serves. Resolves with undefined if it does not. Never rejects. */
  async runHere({ name, params, jid, by }: OperationCall): Promise<OperationOutcome | undefined> {
    const [operation, address] = [findOperation(name), parseJid(jid)];
    if (!operation || !address) return refuse(errors.itemNotFound(say`There is no operation ${name}`));
    const node = this.#roomOf(operation, params);
    if (node === undefined || this.others?.serves(node) !== true) return undefined;
    const outcome = await this.#call(operation, params, { jid: address, name: by });
    return isMoving(outcome) ? undefined : outcome;
  }

  /** Runs an operation in the process that serves its room. */
  async #whereServed(operation: Operation, params: Params, caller: Caller): Promise<OperationOutcome> {
    const node = this.others && this.#roomOf(operation, params);
    if (!this.others || node === undefined) return this.#call(operation, params, caller);
    const call = { name: operation.name, params, jid: caller.jid.full, by: caller.name };
    for (let waited = 0; waited < MOVE_MS; waited += AGAIN_MS) {
      const outcome = this.others.serves(node)
        ? await this.#call(operation, params, caller)
        : await this.others.run(node, call);
      if (outcome && !isMoving(outcome)) return outcome;
      await delay(AGAIN_MS);
    }
    return refuse(ROOM_MOVES);
  }

  async #call(operation: Operation, params: Params, caller: Caller): Promise<OperationOutcome> {
    try {
      return await operation.call(this.#service, params, caller);
    } catch (error) {
      const facts = this.#facts(operation.name, params, caller);
      this.#log.error({ ...facts, err: error }, "an operation failed");
      return refuse(FAILED);
    }
  }

  /** Returns the node of the room that an operation is about; undefined if it is about none. */
  #roomOf({ params: { shape } }: Operation, { room }: Params): string | undefined {
    if (!("room" in shape) || typeof room !== "string") return undefined;
    return nodeOf(room, this.#service.registry.environment.domain);
  }

  #facts(name: string, params: Params, { name: by }: Caller): Record<string, unknown> {
    const logged = LOGGED.flatMap((key) => {
      const value = params[key];
      return typeof value === "string" ? [[key, value.slice(0, LONGEST_LOGGED)] as const] : [];
    });
    return { operation: name, by, ...Object.fromEntries(logged) };
  }
}

const isMoving = (outcome: OperationOutcome): boolean =>
  outcome.kind === "refused" && outcome.error === ROOM_MOVES;
