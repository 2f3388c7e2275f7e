/** How often a broken line is made anew, and after which pause: a line that breaks at once is no success. Pure. */

import { LinkError } from "../transport/errors";
import { worthAnother } from "../transport/retries";

const PAUSE_MS = 2000;
/** A line that held so long was a good one. */
const HELD_MS = 10_000;

export class Reconnects {
  private attempt = 0;
  private began = 0;
  private upAt = -Infinity;

  up(now: number): void {
    this.upAt = now;
  }

  /** A line broke; whether to make another. */
  lost(now: number): boolean {
    if (this.attempt > 0 && now - this.upAt < HELD_MS) return this.another(new LinkError("lost"), now);
    this.attempt = 0;
    this.began = now;
    return true;
  }

  /** One could not be made; whether to try again. */
  another(fault: LinkError, now: number): boolean {
    return worthAnother(fault, { restart: true, attempt: this.attempt, ms: now - this.began });
  }

  /** Counts an attempt; how long to wait before it. */
  pause(): number {
    return this.attempt++ === 0 ? 0 : PAUSE_MS;
  }
}
