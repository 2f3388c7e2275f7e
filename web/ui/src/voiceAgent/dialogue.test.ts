import { describe, expect, it } from "vitest";

import { initialState, reduce, visibleState, type CallEvent, type CallState } from "../call/state";
import { wasCut, heardText } from "../call/transcript";
import { Dialogue } from "./Dialogue";
import { readAgentMessage, type AgentMessage } from "./messages";

/** A page that shows what a dialogue tells. */
function page(): {
  dialogue: Dialogue;
  hear: (message: Record<string, unknown>, typed?: boolean) => void;
  state: () => CallState;
  told: CallEvent["type"][];
  answered: number[];
  silenced: () => number;
} {
  let state = reduce(reduce(initialState, { type: "starting", mic: true }), { type: "connected" });
  const told: CallEvent["type"][] = [];
  const answered: number[] = [];
  let silenced = 0;
  const dialogue = new Dialogue({
    tell: (event) => {
      told.push(event.type);
      state = reduce(state, event);
    },
    answered: (turn) => answered.push(turn),
    silence: () => silenced++,
  });
  const hear = (message: Record<string, unknown>, typed = false): void =>
    dialogue.take(readAgentMessage(JSON.stringify(message)) as AgentMessage, typed);
  return { dialogue, hear, state: () => state, told, answered, silenced: () => silenced };
}

const play = (played: number, received = 2, more: object = {}) => ({
  playing: true,
  drained: false,
  received,
  played,
  ...more,
});

describe("a dialogue over a socket", () => {
  it("goes through a whole turn", () => {
    const { dialogue, hear, state, answered } = page();
    hear({ type: "UserStartedSpeaking" });
    expect(visibleState(state())).toBe("hearing");
    hear({ type: "ConversationText", role: "user", content: "i want to learn guitar" });
    expect(visibleState(state())).toBe("thinking");
    hear({ type: "AgentThinking", content: "" });
    hear({ type: "ConversationText", role: "assistant", content: "Goal created: Learn guitar." });
    hear({ type: "AgentStartedSpeaking", total_latency: 0.8 });
    expect(visibleState(state())).toBe("thinking");
    dialogue.played(play(0.1));
    expect(visibleState(state())).toBe("speaking");
    dialogue.played(play(1));
    const growing = state().transcript.messages.at(-1);
    expect(growing?.kind === "agent" && heardText(growing)).toBe("Goal created:");
    hear({ type: "AgentAudioDone" });
    dialogue.played(play(2, 2, { playing: false, drained: true }));
    expect(visibleState(state())).toBe("listening");
    const said = state().transcript.messages;
    expect(said).toMatchObject([{ kind: "user", text: "i want to learn guitar", taken: true }, { kind: "agent" }]);
    expect(said[1]?.kind === "agent" && heardText(said[1])).toBe("Goal created: Learn guitar.");
    expect(state().latencies).toMatchObject([{ turn: 1, messageId: said[1]?.id, marks: { audio_out: 800 } }]);
    expect(answered).toEqual([1]);
    expect(dialogue.history).toHaveLength(2);
  });

  it("shows an answer that was cut as cut, where it really was", () => {
    const { dialogue, hear, state, silenced } = page();
    hear({ type: "ConversationText", role: "assistant", content: "You can set a goal, add a task or move one." });
    dialogue.played(play(1));
    hear({ type: "UserStartedSpeaking" });
    expect(silenced()).toBeGreaterThan(0);
    expect(visibleState(state())).toBe("hearing");
    hear({ type: "History", role: "assistant", content: "You can set a goal." });
    hear({ type: "ConversationText", role: "user", content: "wait" });
    const answer = state().transcript.messages[0];
    expect(answer?.kind === "agent" && [wasCut(answer), heardText(answer)]).toEqual([true, "You can set a goal,"]);
    expect(dialogue.history[0]).toEqual({ role: "assistant", content: "You can set a goal." });
    hear({ type: "ConversationText", role: "assistant", content: "All right." });
    dialogue.played(play(0.2));
    expect(state().transcript.messages).toHaveLength(3);
  });

  it("takes typed words for an interruption, of which the other side says nothing", () => {
    const { dialogue, hear, state, answered, silenced } = page();
    hear({ type: "ConversationText", role: "assistant", content: "You can set a goal, add a task or move one." });
    dialogue.played(play(1));
    hear({ type: "History", role: "assistant", content: "You can set." });
    hear({ type: "ConversationText", role: "user", content: "stop" }, true);
    expect(silenced()).toBe(1);
    expect(visibleState(state())).toBe("thinking");
    hear({ type: "ConversationText", role: "assistant", content: "Done." });
    hear({ type: "AgentStartedSpeaking", total_latency: 0.3 });
    expect(answered).toEqual([]);
    expect(state().latencies).toHaveLength(1);
  });

  it("does not take the record of a sentence for a cut", () => {
    const { dialogue, hear, state } = page();
    hear({ type: "ConversationText", role: "assistant", content: "First one." });
    hear({ type: "ConversationText", role: "assistant", content: "Second one." });
    dialogue.played(play(0.1));
    hear({ type: "History", role: "assistant", content: "First one." });
    expect(visibleState(state())).toBe("speaking");
    expect(state().transcript.messages).toHaveLength(1);
  });

  it("does not wait for words that never come", () => {
    const { dialogue, hear, state } = page();
    hear({ type: "UserStartedSpeaking" });
    dialogue.userPaused();
    expect(visibleState(state())).toBe("listening");
    dialogue.userPaused();
    hear({ type: "Warning", code: "X", description: "" });
    expect(visibleState(state())).toBe("listening");
  });

  it("ends what was being said when the line is lost", () => {
    const { dialogue, hear, state } = page();
    hear({ type: "ConversationText", role: "assistant", content: "One two three four." });
    dialogue.played(play(0.5));
    dialogue.lost();
    expect(state().agentSpeaking).toBe(false);
    const answer = state().transcript.messages[0];
    expect(answer?.kind === "agent" && wasCut(answer)).toBe(true);
  });
});
