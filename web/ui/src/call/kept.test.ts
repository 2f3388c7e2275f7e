import { expect, it } from "vitest";

import { whatWasKept } from "./kept";
import { initialState, reduce, type CallEvent } from "./state";

const play = (...events: CallEvent[]) =>
  whatWasKept(
    ([{ type: "starting", mic: true }, { type: "connected" }, ...events] satisfies CallEvent[]).reduce(reduce, initialState),
  );

it("is nothing at first", () => {
  expect(play()).toEqual({ said: false, saved: [], lost: 0 });
});

it("is what was said and what came of it, but nothing that was refused or never arrived", () => {
  const kept = play(
    { type: "user-typed", text: "I want to learn guitar" },
    { type: "user-taken", text: "I want to learn guitar" },
    { type: "tool", tool: { id: "1", name: "submit_goal_intent", status: "done", record: { id: "g", statement: "Learn guitar", status: "open" } } },
    { type: "tool", tool: { id: "2", name: "submit_new_task_intent", status: "rejected", args: { title: "Call" } } },
    { type: "tool", tool: { id: "3", name: "submit_new_task_intent", status: "running", args: { title: "Sing" } } },
    { type: "user-typed", text: "too late" },
    { type: "failed", fault: "link-lost" },
  );
  expect(kept).toEqual({ said: true, saved: ["Learn guitar"], lost: 1 });
});
