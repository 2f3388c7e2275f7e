import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { Trickle, type SendCandidates } from "./Trickle";

const candidate = (name: string): RTCIceCandidateInit => ({ candidate: name, sdpMid: "0", sdpMLineIndex: 0 });
const names = (send: ReturnType<typeof vi.fn<SendCandidates>>) =>
  send.mock.calls.map(([, each]) => each.map(({ candidate: name }) => name));

let send: ReturnType<typeof vi.fn<SendCandidates>>;

beforeEach(() => {
  vi.useFakeTimers();
  send = vi.fn<SendCandidates>().mockResolvedValue();
});

afterEach(() => {
  vi.useRealTimers();
});

it("waits for the answer, then sends what has waited at once", () => {
  const trickle = new Trickle(send);
  trickle.add(candidate("a"));
  vi.advanceTimersByTime(1000);
  expect(send).not.toHaveBeenCalled();
  trickle.open("p1");
  expect(names(send)).toEqual([["a"]]);
  expect(send.mock.calls[0]?.[0]).toBe("p1");
});

it("sends a batch each 200 ms", () => {
  const trickle = new Trickle(send);
  trickle.open("p1");
  trickle.add(candidate("a"));
  trickle.add(candidate("b"));
  vi.advanceTimersByTime(199);
  expect(send).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  trickle.add(candidate("c"));
  vi.advanceTimersByTime(200);
  expect(names(send)).toEqual([["a", "b"], ["c"]]);
});

it("marks the end once, with an empty candidate", () => {
  const trickle = new Trickle(send);
  trickle.open("p1");
  trickle.add(candidate(""));
  trickle.add(null);
  vi.advanceTimersByTime(200);
  expect(names(send)).toEqual([[""]]);
});

it("sends nothing once closed", () => {
  const trickle = new Trickle(send);
  trickle.open("p1");
  trickle.add(candidate("a"));
  trickle.close();
  vi.advanceTimersByTime(1000);
  expect(send).not.toHaveBeenCalled();
});
