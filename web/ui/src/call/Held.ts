/** Push-to-talk: whether a person holds the microphone open. Nothing is held from one call to the next. */

import type { Call } from "./Call";
import { inCall } from "./state";

export class Held {
  private now = false;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly call: Pick<Call, "getState" | "subscribe">) {}

  readonly get = (): boolean => this.now;

  readonly hold = (): void => this.set(inCall(this.call.getState()));
  readonly letGo = (): void => this.set(false);

  /** While somebody listens, the end of a call lets go, whatever becomes of the finger or the key. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    const unsubscribe = this.call.subscribe(() => {
      if (!inCall(this.call.getState())) this.letGo();
    });
    return () => {
      unsubscribe();
      this.listeners.delete(listener);
    };
  };

  private set(held: boolean): void {
    if (held === this.now) return;
    this.now = held;
    for (const listener of this.listeners) listener();
  }
}
