import { describe, expect, it } from "vitest";

import { PlayQueue } from "./playQueue";

const RATE = 1000; // so that a sample is a millisecond
const sound = (length: number, level = 0.5): Float32Array => new Float32Array(length).fill(level);
const pull = (queue: PlayQueue, length: number): Float32Array => {
  const out = new Float32Array(length);
  queue.pull(out);
  return out;
};

describe("the queue of the agent's voice", () => {
  it("waits for a cushion, then plays without a gap", () => {
    const queue = new PlayQueue(RATE);
    queue.add(sound(60));
    expect(pull(queue, 10)).toEqual(sound(10, 0));
    expect(queue.state.playing).toBe(false);
    queue.add(sound(60, 0.25));
    expect(pull(queue, 50)).toEqual(sound(50));
    expect([...pull(queue, 20)]).toEqual([...sound(10), ...sound(10, 0.25)]);
    expect(queue.state).toEqual({ playing: true, received: 120, played: 70, drained: false });
  });

  it("plays a short answer at once when it is whole", () => {
    const queue = new PlayQueue(RATE);
    queue.add(sound(20));
    queue.end();
    expect([...pull(queue, 30)]).toEqual([...sound(20), ...sound(10, 0)]);
    expect(queue.state).toEqual({ playing: false, received: 20, played: 20, drained: true });
  });

  it("gathers a new cushion after a gap, and goes on counting the same answer", () => {
    const queue = new PlayQueue(RATE);
    queue.add(sound(100));
    pull(queue, 128);
    queue.add(sound(20));
    expect(pull(queue, 10)).toEqual(sound(10, 0));
    expect(queue.state.drained).toBe(false);
    queue.add(sound(80));
    expect(pull(queue, 10)).toEqual(sound(10));
    expect(queue.state.played).toBe(110);
  });

  it("is silent at once when the caller cuts in, without a click, and tells what was heard", () => {
    const queue = new PlayQueue(RATE);
    queue.add(sound(500));
    pull(queue, 100);
    expect(queue.cut()).toMatchObject({ received: 500, played: 100 });
    const after = pull(queue, 20);
    expect(after[0]).toBeLessThan(0.5);
    expect([...after.subarray(8)]).toEqual([...sound(12, 0)]);
    expect(pull(queue, 20)).toEqual(sound(20, 0));
    expect(queue.state).toMatchObject({ playing: false, received: 0, drained: true });
  });

  it("begins to count anew with the next answer", () => {
    const queue = new PlayQueue(RATE);
    queue.add(sound(100));
    queue.end();
    pull(queue, 100);
    queue.add(sound(90));
    pull(queue, 10);
    expect(queue.state).toEqual({ playing: true, received: 90, played: 10, drained: false });
  });

  it("keeps no more than anybody would say", () => {
    const queue = new PlayQueue(RATE);
    for (let i = 0; i < 10; i++) queue.add(sound(100_000));
    expect(queue.state.received).toBe(300_000);
    queue.add(sound(0));
    queue.cut();
    expect(queue.state.received).toBe(0);
  });
});
