import { describe, expect, it } from "vitest";

import { humanise, readable, updateTool, type ToolUpdate } from "./tools";

const play = (...updates: ToolUpdate[]) => updates.reduce((tools, each) => updateTool(tools, each, null), updateTool([], { id: "c1", name: "submit_goal_intent", args: { goal_statement: "x" } }, null));

describe("one card a call", () => {
  it("goes from running to how it came out", () => {
    expect(play({ id: "c1", status: "failed", result: "The store is down." })).toMatchObject([
      { name: "submit_goal_intent", status: "failed", result: "The store is down.", args: { goal_statement: "x" } },
    ]);
  });

  it.each([
    [{ id: "c1", status: "done", result: "Which one?" }, { id: "c1", status: "rejected", result: "Which one?" }],
    [{ id: "c1", status: "rejected", result: "Which one?" }, { id: "c1", status: "done", result: "Which one?" }],
  ] satisfies ToolUpdate[][])("keeps the more telling of two ends, whichever comes first", (...updates) => {
    expect(play(...updates)).toMatchObject([{ status: "rejected" }]);
  });

  it("does not run again once it has ended", () => {
    expect(play({ id: "c1", status: "done" }, { id: "c1", status: "running" })).toMatchObject([{ status: "done" }]);
  });

  it("is asked for before it runs, and never goes back", () => {
    expect(play()).toMatchObject([{ status: "asked" }]);
    expect(play({ id: "c1", status: "running" }, { id: "c1", status: "asked" })).toMatchObject([{ status: "running" }]);
    expect(play({ id: "c1", status: "rejected" }, { id: "c1", status: "asked" })).toMatchObject([{ status: "rejected" }]);
  });

  it("keeps the record", () => {
    expect(play({ id: "c1", status: "done", record: { statement: "x" } }, { id: "c1", status: "done" })).toMatchObject([
      { record: { statement: "x" } },
    ]);
  });
});

it.each([
  ["submit_goal_intent", "Goal"],
  ["submit_new_task_intent", "New task"],
  ["look_up_weather", "Look up weather"],
  ["trigger_at", "Trigger"],
])("reads %s as %s", (name, label) => {
  expect(humanise(name)).toBe(label);
});

it("shows only what a person would want to read", () => {
  const fields = readable({ id: "1", tenant_id: "t", title: "Call mom", notes: null, reschedules: [], origin: { call_id: "c" }, trigger_at: "2026-11-22T12:00:00Z" });
  expect(fields.map((each) => each.key)).toEqual(["title", "trigger_at"]);
  expect(fields[1]?.value).toContain("2026");
});
