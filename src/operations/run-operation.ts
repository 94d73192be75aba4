import type { Logger } from "pino";
import { parseJid } from "../xmpp/jid.ts";
import { refuse } from "../xmpp/result.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { findOperation } from "./catalogue.ts";
import type { Caller, OperationOutcome } from "./operation.ts";
import type { OperationService } from "./operation-service.ts";

const FAILED = errors.internalServerError("The operation failed. The log of the service says why");

/** Parameters that the log names. Others may be secret, or what people say. */
const LOGGED = ["room", "user", "nickname", "target"];

/** Runs operations for all doors, and logs each one that changes something. */
export class OperationRunner {
  readonly #service: OperationService;
  readonly #log: Logger;

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
   * `internal-server-error`.
   */
  async run(
    name: string,
    params: Readonly<Record<string, unknown>>,
    caller: Caller,
  ): Promise<OperationOutcome> {
    const operation = findOperation(name);
    if (!operation) return refuse(errors.itemNotFound(`There is no operation ${name}`));
    const facts = {
      operation: name,
      by: caller.name,
      ...Object.fromEntries(LOGGED.flatMap((key) => (key in params ? [[key, params[key]]] : []))),
    };
    try {
      const outcome = await operation.call(this.#service, params, caller);
      if (outcome.kind === "refused") {
        this.#log.info({ ...facts, refused: outcome.error.condition }, "an operation was refused");
        return outcome;
      }
      if (operation.effect !== "reads") this.#log.info(facts, "operation");
      return outcome;
    } catch (error) {
      this.#log.error({ ...facts, err: error }, "an operation failed");
      return refuse(FAILED);
    }
  }
}
