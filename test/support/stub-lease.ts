/** A lease that a test gives and takes. */
export class StubLease {
  isHeld: boolean;
  #waiting: (() => void)[] = [];
  #listeners: (() => void)[] = [];

  constructor(isHeld: boolean) {
    this.isHeld = isHeld;
  }

  whenHeld(): Promise<void> {
    return this.isHeld ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  onRenewed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  give(): void {
    this.isHeld = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
    for (const listener of this.#listeners) listener();
  }
}
