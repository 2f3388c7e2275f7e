/** Asks again and again: soon while things change, more rarely while they do not or fail, never while nobody looks. */

export const SOONEST_MS = 2_000;
const QUIET_MS = 10_000;
const FAILING_MS = 60_000;

export type Came = "changed" | "same" | "failed";

export function nextDelay(before: number, came: Came, retryAfter: number | null = null): number {
  switch (came) {
    case "changed":
      return SOONEST_MS;
    case "same":
      return Math.min(Math.max(SOONEST_MS, before * 1.5), QUIET_MS);
    case "failed":
      return Math.max(Math.min(before * 2, FAILING_MS), retryAfter ?? 0);
  }
}

export interface Asked {
  came: Came;
  retryAfter?: number | null;
}

export class Poller {
  private delay = SOONEST_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | null = null;

  /** `ask` tells what came and never throws, unless its signal is aborted. */
  constructor(private readonly ask: (signal: AbortSignal) => Promise<Asked>) {}

  /** Asks at once, and goes on from there. */
  start(): void {
    this.stop();
    this.delay = SOONEST_MS;
    void this.run();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
  }

  private async run(): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    const { came, retryAfter } = await this.ask(asking.signal).catch((): Asked => ({ came: "failed" }));
    if (asking.signal.aborted) return;
    this.delay = nextDelay(this.delay, came, retryAfter);
    this.timer = setTimeout(() => void this.run(), this.delay);
  }
}
