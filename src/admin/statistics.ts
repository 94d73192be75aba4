/** Counters of the service since its start. */
export class Statistics {
  /** Start of the service, as `RoomEnvironment.elapsed`. */
  readonly since: number;
  /** Messages that were sent to rooms for all occupants. */
  messages = 0;

  /** Memory of the process, in bytes. */
  readonly memory: () => number;

  constructor(since: number, memory: () => number) {
    this.since = since;
    this.memory = memory;
  }
}
