import { expect, it } from "vitest";

import { Held } from "./Held";
import { initialState, reduce, type CallEvent, type CallState } from "./state";

function fakeCall() {
  let state: CallState = initialState;
  const listeners = new Set<() => void>();
  return {
    getState: () => state,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: (event: CallEvent) => {
      state = reduce(state, event);
      listeners.forEach((each) => each());
    },
  };
}

it.each<[string, CallEvent]>([
  ["hung up", { type: "ended", reason: "caller" }],
  ["ended by the agent", { type: "ended", reason: "goodbye" }],
  ["lost", { type: "failed", fault: "link-lost" }],
])("a call that is %s while the button is held leaves nothing held for the next", (_, end) => {
  const call = fakeCall();
  const held = new Held(call);
  const stop = held.subscribe(() => undefined);
  call.tell({ type: "starting", mic: true });
  held.hold();
  expect(held.get()).toBe(true);
  call.tell(end);
  expect(held.get()).toBe(false);
  call.tell({ type: "starting", mic: true });
  expect(held.get()).toBe(false);
  stop();
});

it("holds nothing without a call, and tells each change once", () => {
  const call = fakeCall();
  const held = new Held(call);
  let told = 0;
  held.subscribe(() => told++);
  held.hold();
  expect([held.get(), told]).toEqual([false, 0]);
  call.tell({ type: "starting", mic: true });
  held.hold();
  held.hold();
  held.letGo();
  expect([held.get(), told]).toEqual([false, 2]);
});
