// Requests between occupants that wait for their answer (XEP-0045 section 17.4): a bounded table.
import type { Occupant } from "./occupant.ts";
import { SmallMap } from "./small-map.ts";

/** The most requests of one client that wait at a time. */
const LIMIT = 1000;

/** A request that was passed on. */
export interface PendingRequest {
  /** Full JID of the client that asked, and the id that it gave. */
  readonly requester: string;
  readonly requestId: string | undefined;
  /** The occupant's address that was asked. */
  readonly address: string;
  readonly recipient: Occupant;
  /** The real address that the request was passed on to. Nobody else may answer. */
  readonly asked: string;
  /** In milliseconds, as `RoomEnvironment.elapsed`. */
  readonly at: number;
}

/** The requests of a room, by the ids under which they were passed on; in order of time. */
export class PendingRequests {
  readonly #byId = new SmallMap<string, PendingRequest>();
  readonly #counts = new SmallMap<string, number>();

  get size(): number {
    return this.#byId.size;
  }

  /** Adds a request; false where its requester has too many that wait. */
  add(id: string, request: PendingRequest): boolean {
    const count = this.#counts.get(request.requester) ?? 0;
    if (count >= LIMIT) return false;
    this.#counts.set(request.requester, count + 1);
    this.#byId.set(id, request);
    return true;
  }

  /** Takes out the request that this address answers. */
  take(id: string, from: string): PendingRequest | undefined {
    const request = this.#byId.get(id);
    if (request?.asked !== from) return undefined;
    this.#delete(id, request);
    return request;
  }

  /** Takes out the requests that were made at this time or before it. */
  takeUntil(at: number): PendingRequest[] {
    const taken: PendingRequest[] = [];
    for (const [id, request] of this.#byId) {
      if (request.at > at) break;
      this.#delete(id, request);
      taken.push(request);
    }
    return taken;
  }

  /** Takes out the requests that a condition holds for. */
  takeWhere(condition: (request: PendingRequest) => boolean): PendingRequest[] {
    const taken: PendingRequest[] = [];
    for (const [id, request] of this.#byId) {
      if (!condition(request)) continue;
      this.#delete(id, request);
      taken.push(request);
    }
    return taken;
  }

  #delete(id: string, { requester }: PendingRequest): void {
    this.#byId.delete(id);
    const count = (this.#counts.get(requester) ?? 0) - 1;
    if (count > 0) this.#counts.set(requester, count);
    else this.#counts.delete(requester);
  }
}
