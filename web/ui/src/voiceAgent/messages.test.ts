import { describe, expect, it } from "vitest";

import { MAX_TEXT, readAgentMessage } from "./messages";

const read = (message: unknown): unknown => readAgentMessage(JSON.stringify(message));

describe("a message of the agent's socket", () => {
  it("is read as far as it concerns us", () => {
    expect(read({ type: "Welcome", request_id: "r" })).toEqual({ type: "Welcome", requestId: "r" });
    expect(read({ type: "AgentThinking", content: "hm" })).toEqual({ type: "AgentThinking" });
    expect(read({ type: "AgentStartedSpeaking", total_latency: 0.8 })).toEqual({
      type: "AgentStartedSpeaking",
      totalLatency: 0.8,
    });
    expect(read({ type: "ConversationText", role: "user", content: "hi" })).toMatchObject({ role: "user" });
    expect(read({ type: "Error", code: "C", description: "d" })).toEqual({ type: "Error", code: "C", description: "d" });
  });

  it("asks for functions, whose arguments are JSON in a string", () => {
    const functions = [
      { id: "fc_1", name: "f", arguments: '{"goal": "guitar"}', client_side: true },
      { id: "fc_2", name: "g", arguments: "" },
      { id: "fc_3", name: "h", arguments: "{oops", client_side: true },
      { id: "fc_4", name: "i", arguments: "[1]", client_side: false },
      { name: "no id", arguments: "{}" },
      "no object",
    ];
    expect(read({ type: "FunctionCallRequest", functions })).toEqual({
      type: "FunctionCallRequest",
      calls: [
        { id: "fc_1", name: "f", args: { goal: "guitar" }, garbled: false, clientSide: true },
        { id: "fc_2", name: "g", args: {}, garbled: false, clientSide: true },
        { id: "fc_3", name: "h", args: {}, garbled: true, clientSide: true },
        { id: "fc_4", name: "i", args: {}, garbled: true, clientSide: false },
      ],
    });
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    '"text"',
    '{"type": 7}',
    '{"type": "Novelty"}',
    '{"type": "ConversationText", "role": "user"}',
    '{"type": "ConversationText", "role": "system", "content": "x"}',
    '{"type": "FunctionCallResponse", "id": 4}',
    "x".repeat(10 << 20),
    `{"type": "ConversationText", "role": "user", "content": "${"x".repeat(MAX_TEXT)}"}`,
  ])("is nothing where it is not whole (%#)", (text) => {
    expect(readAgentMessage(text)).toBeNull();
  });

  it("may lack what is not needed, or have it wrong", () => {
    expect(read({ type: "FunctionCallRequest", functions: "none" })).toEqual({ type: "FunctionCallRequest", calls: [] });
    expect(read({ type: "FunctionCallCancelled", functions: [{ id: "a" }, {}] })).toMatchObject({ ids: ["a"] });
    expect(read({ type: "AgentStartedSpeaking", total_latency: "fast" })).toMatchObject({ totalLatency: 0 });
    expect(read({ type: "Warning", code: 3 })).toEqual({ type: "Warning", code: "", description: "" });
  });
});
