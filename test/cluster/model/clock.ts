// Virtual time: events in their order, whatever the machine does.

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class Clock {
  readonly #heap: Event[] = [];
  #order = 0;
  /** Milliseconds since the beginning. */
  now = 0;

  /** Runs something after some milliseconds. Events of one instant run in the order of the calls. */
  after(ms: number, run: () => void): void {
    const heap = this.#heap;
    const event = { at: this.now + Math.max(0, ms), order: this.#order, run };
    this.#order += 1;
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[place] = heap[parent] as Event;
      place = parent;
    }
    heap[place] = event;
  }

  /** Lets time pass until an instant. `check` runs after each event and all that follows from it at once. */
  async runUntil(instant: number, check: () => void): Promise<void> {
    for (let next = this.#heap[0]; next && next.at <= instant; next = this.#heap[0]) {
      this.#pop();
      this.now = next.at;
      next.run();
      // Continuations of promises run before this one.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      check();
    }
    this.now = instant;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[place] = heap[child] as Event;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
