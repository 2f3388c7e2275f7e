import { describe, expect, it } from "vitest";

import { kinds, ofConversation, ofPerson } from "./deletion";
import type { Conversation } from "./conversations";
import type { Goal } from "./keeping";
import type { Person } from "./people";
import { consoleText } from "../text";

const { deleting } = consoleText;

const held = { messages: 3, turns: 1, tool_calls: 0, goals: [], tasks: [], live: false } as unknown as Conversation;
const goal = {} as Goal;

describe("what a deletion says before it is done", () => {
  it("counts what a conversation loses and says nothing of what it has not", () => {
    const { goes, grave } = ofConversation(held);
    expect(goes).toEqual([deleting.theConversation, "3 messages", "1 turn", deleting.waiting]);
    expect(grave).toBe(false);
  });

  it("says that goals and tasks stay, where there are any", () => {
    expect(ofConversation(held).stays).toEqual([deleting.receipt, deleting.backups]);
    expect(ofConversation({ ...held, goals: [goal] }).stays[0]).toContain("the goal or task");
    expect(ofConversation({ ...held, goals: [goal, goal] }).stays[0]).toContain("2 goals and tasks");
  });

  it("says that a call which is held is ended", () => {
    expect(ofConversation(held).notes).not.toContain(deleting.ended);
    expect(ofConversation({ ...held, live: true }).notes).toContain(deleting.ended);
  });

  it("asks twice before all of a person goes, goals and tasks too", () => {
    const person = { counts: { conversations: 2, goals: 1, tasks: 0 }, live_calls: 1 } as unknown as Person;
    const { goes, stays, notes, grave } = ofPerson(person);
    expect(goes).toContain("Conversations: 2 · Goals: 1");
    expect(goes).toContain(deleting.goalsAndTasks);
    expect(stays).toEqual([deleting.receipt, deleting.backups]);
    expect(notes).toContain(deleting.ended);
    expect(grave).toBe(true);
  });
});

describe("counts of records", () => {
  it("have names, also those of a newer server", () => {
    expect(kinds({ messages: 2, turns: 0, voice_prints: 1 })).toEqual([
      { kind: "messages", name: "Messages", count: 2 },
      { kind: "voice_prints", name: "voice prints", count: 1 },
    ]);
  });
});
