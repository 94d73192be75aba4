// Bounded table of requests between occupants that wait for an answer (XEP-0045 section 17.4).

import { SmallMap } from "../model/small-map.ts";
import type { Occupant } from "../room/occupant.ts";

/** Number of pending requests, and of characters in their ids and addresses. */
interface Load {
  readonly count: number;
  readonly characters: number;
}

const NO_LOAD: Load = { count: 0, characters: 0 };
const MAX_OF_CLIENT: Load = { count: 1_000, characters: 500_000 };
const MAX_OF_ROOM: Load = { count: 20_000, characters: 5_000_000 };

/** A relayed request. */
export interface PendingRequest {
  /** Full JID of the requesting client, and the id of its request. */
  readonly requester: string;
  readonly requestId: string | undefined;
  /** Occupant JID to which it was sent. */
  readonly address: string;
  readonly recipient: Occupant;
  /** Real JID to which it was relayed. Only that JID may answer. */
  readonly asked: string;
  /** Time of the request in milliseconds, as `RoomEnvironment.elapsed`. */
  readonly at: number;
}

/** Pending requests of a room, by the ids of the relayed requests; oldest first. */
export class PendingRequests {
  readonly #byId = new SmallMap<string, PendingRequest>();
  readonly #loads = new SmallMap<string, Load>();
  #total = NO_LOAD;

  get size(): number {
    return this.#byId.size;
  }

  /** Adds a request. Returns false if too many are pending, of its requester or in the room. */
  add(id: string, request: PendingRequest): boolean {
    const { requester } = request;
    const own = plus(this.#loads.get(requester) ?? NO_LOAD, request);
    const total = plus(this.#total, request);
    if (exceeds(own, MAX_OF_CLIENT) || exceeds(total, MAX_OF_ROOM)) return false;
    this.#loads.set(requester, own);
    this.#total = total;
    this.#byId.set(id, request);
    return true;
  }

  /** Removes and returns the request with an id, if `from` may answer it. */
  take(id: string, from: string): PendingRequest | undefined {
    const request = this.#byId.get(id);
    if (request?.asked !== from) return undefined;
    this.#delete(id, request);
    return request;
  }

  /** Removes and returns the requests that were made up to a time. */
  takeUntil(at: number): PendingRequest[] {
    const taken: PendingRequest[] = [];
    for (const [id, request] of this.#byId) {
      if (request.at > at) break;
      this.#delete(id, request);
      taken.push(request);
    }
    return taken;
  }

  /** Removes and returns the requests for which a condition holds. */
  takeWhere(condition: (request: PendingRequest) => boolean): PendingRequest[] {
    const taken: PendingRequest[] = [];
    for (const [id, request] of this.#byId) {
      if (!condition(request)) continue;
      this.#delete(id, request);
      taken.push(request);
    }
    return taken;
  }

  #delete(id: string, request: PendingRequest): void {
    this.#byId.delete(id);
    this.#total = plus(this.#total, request, -1);
    const own = plus(this.#loads.get(request.requester) ?? NO_LOAD, request, -1);
    if (own.count > 0) this.#loads.set(request.requester, own);
    else this.#loads.delete(request.requester);
  }
}

const plus = ({ count, characters }: Load, request: PendingRequest, sign = 1): Load => {
  const { requester, requestId = "", address } = request;
  const size = requester.length + requestId.length + address.length;
  return { count: count + sign, characters: characters + sign * size };
};

const exceeds = (load: Load, limit: Load): boolean =>
  load.count > limit.count || load.characters > limit.characters;
