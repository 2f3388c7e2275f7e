import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { nextDelay, Poller, SOONEST_MS, type Asked } from "./Poller";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Starts a poller that gets these answers, the last one for ever, and notes at which second each was asked for. */
function polling(...answers: Asked[]): { poller: Poller; seconds: number[] } {
  const seconds: number[] = [];
  const began = Date.now();
  const poller = new Poller(() => {
    seconds.push((Date.now() - began) / 1000);
    return Promise.resolve((answers.length > 1 ? answers.shift() : answers[0]) ?? { came: "failed" });
  });
  poller.start();
  return { poller, seconds };
}

describe("asking again", () => {
  it("is soon while things change", async () => {
    const { seconds } = polling({ came: "changed" });
    await vi.advanceTimersByTimeAsync(6_500);
    expect(seconds).toEqual([0, 2, 4, 6]);
  });

  it("becomes rarer while nothing changes, but stays bearable", async () => {
    const { seconds } = polling({ came: "same" });
    await vi.advanceTimersByTimeAsync(60_000);
    const waits = seconds.slice(1).map((each, index) => each - (seconds[index] ?? 0));
    expect(waits[0]).toBe(3);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(Math.max(...waits)).toBe(10);
  });

  it("backs off while it fails, as long as the server says, and is soon again after that", async () => {
    const { seconds } = polling({ came: "failed" }, { came: "failed", retryAfter: 30_000 }, { came: "changed" });
    await vi.advanceTimersByTimeAsync(37_000);
    expect(seconds).toEqual([0, 4, 34, 36]);
    expect(nextDelay(50_000, "failed")).toBe(60_000);
  });

  it("stops, drops what is still asked, and begins at once when it is started again", async () => {
    let aborted = false;
    let asked = 0;
    const poller = new Poller((signal) => {
      asked += 1;
      signal.addEventListener("abort", () => (aborted = true));
      return new Promise(() => undefined);
    });
    poller.start();
    poller.stop();
    await vi.advanceTimersByTimeAsync(SOONEST_MS * 10);
    expect({ asked, aborted }).toEqual({ asked: 1, aborted: true });
    poller.start();
    expect(asked).toBe(2);
  });
});
