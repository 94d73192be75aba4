// Requests between occupants that wait for their answer (XEP-0045 section 17.4): a bounded table.

import { SmallMap } from "../model/small-map.ts";
import type { Occupant } from "../room/occupant.ts";

/** How many requests wait, and how many characters of ids and addresses are in them. */
interface Load {
  readonly count: number;
  readonly characters: number;
}

const NOTHING: Load = { count: 0, characters: 0 };
const MOST_OF_CLIENT: Load = { count: 1_000, characters: 500_000 };
const MOST_OF_ROOM: Load = { count: 20_000, characters: 5_000_000 };

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
  readonly #loads = new SmallMap<string, Load>();
  #total = NOTHING;

  get size(): number {
    return this.#byId.size;
  }

  /** Adds a request; false where too many of its requester, or of all in the room, wait. */
  add(id: string, request: PendingRequest): boolean {
    const { requester } = request;
    const own = plus(this.#loads.get(requester) ?? NOTHING, request);
    const total = plus(this.#total, request);
    if (exceeds(own, MOST_OF_CLIENT) || exceeds(total, MOST_OF_ROOM)) return false;
    this.#loads.set(requester, own);
    this.#total = total;
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

  #delete(id: string, request: PendingRequest): void {
    this.#byId.delete(id);
    this.#total = plus(this.#total, request, -1);
    const own = plus(this.#loads.get(request.requester) ?? NOTHING, request, -1);
    if (own.count > 0) this.#loads.set(request.requester, own);
    else this.#loads.delete(request.requester);
  }
}

const plus = ({ count, characters }: Load, request: PendingRequest, sign = 1): Load => {
  const { requester, requestId = "", address } = request;
  const size = requester.length + requestId.length + address.length;
  return { count: count + sign, characters: characters + sign * size };
};

const exceeds = (load: Load, most: Load): boolean =>
  load.count > most.count || load.characters > most.characters;
