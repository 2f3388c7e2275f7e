import { describe, expect, it } from "vitest";

import {
  agentSaid,
  agentStopped,
  emptyTranscript,
  heardText,
  isFinal,
  replyStarted,
  replyStopped,
  settled,
  untaken,
  userStarted,
  userTaken,
  userTranscribed,
  userTyped,
  wasCut,
  type BotOutput,
  type Message,
  type Transcript,
} from "./transcript";

type Step = (transcript: Transcript) => Transcript;

const play = (...steps: Step[]): Transcript => steps.reduce((transcript, step) => step(transcript), emptyTranscript);
const heard = (text: string, final = false): Step => (t) => userTranscribed(t, text, final);
const taken = (text: string): Step => (t) => userTaken(t, text);
const typed = (text: string): Step => (t) => userTyped(t, text);
const said = (output: Partial<BotOutput> & { text: string }): Step => (t) => agentSaid(t, output);
const spoken = (segment_id: number, text: string): Step => said({ segment_id, text, spoken_status: "completed" });
const texts = (t: Transcript): string[] =>
  t.messages.map((each: Message) => (each.kind === "user" ? `you: ${each.text}` : `flux: ${heardText(each)}`));

describe("the caller's side", () => {
  it("grows one bubble from partials to the final text", () => {
    const t = play(userStarted, heard("I want"), heard("I want to learn"), heard("I want to learn guitar", true));
    expect(texts(t)).toEqual(["you: I want to learn guitar"]);
    expect(t.messages.every(isFinal)).toBe(true);
  });

  it("does not double a turn when the server says what it took", () => {
    const t = play(heard("call mom", true), taken("Call mom."));
    expect(texts(t)).toEqual(["you: Call mom."]);
  });

  it("does not double a turn that is taken only after the reply began", () => {
    const t = play(heard("call mom", true), replyStarted, taken("Call mom."));
    expect(texts(t)).toEqual(["you: Call mom."]);
  });

  it("knows what was typed and has not arrived", () => {
    const t = play(typed("one"), heard("two", true), typed("three"), typed("four"), taken("one"), typed("one"));
    expect(untaken(t)).toEqual(["three", "four", "one"]);
  });

  it("marks what was typed too late", () => {
    const t = settled(play(heard("one", true), typed("two"), taken("two"), typed("three")));
    expect(t.messages).toMatchObject([{ lost: false }, { text: "two", lost: false }, { text: "three", lost: true }]);
  });

  it("begins a new bubble for the next turn", () => {
    const t = play(heard("one", true), taken("one"), spoken(0, "Yes."), userStarted, heard("two"));
    expect(texts(t)).toEqual(["you: one", "flux: Yes.", "you: two"]);
  });

  it("begins a new bubble even where the server never said what it took", () => {
    const t = play(heard("one", true), userStarted, heard("two", true));
    expect(texts(t)).toEqual(["you: one", "you: two"]);
  });

  it("removes a bubble that turns out to have no words", () => {
    expect(texts(play(userStarted, heard("uh"), heard("", true)))).toEqual([]);
  });

  it("knows typed words again, in whichever order they are taken", () => {
    const t = play(typed("first"), typed("second"), taken("first"), taken("second"));
    expect(texts(t)).toEqual(["you: first", "you: second"]);
  });

  it("shows a turn of which only the taken text is told", () => {
    expect(texts(play(taken("hello")))).toEqual(["you: hello"]);
  });
});

describe("the agent's side", () => {
  const progress = (accumulated_text: string, remaining_text: string, spoken_status: "in-progress" | "completed"): Step =>
    said({ segment_id: 3, text: "Goal created: learn guitar.", spoken_status, spoken_progress: { accumulated_text, remaining_text } });

  it("shows words only as they are spoken", () => {
    const waiting = said({ segment_id: 3, text: "Goal created: learn guitar.", spoken_status: "new" });
    expect(texts(play(waiting))).toEqual(["flux: "]);
    expect(texts(play(waiting, progress("Goal created", ": learn guitar.", "in-progress")))).toEqual(["flux: Goal created"]);
  });

  it("cuts a sentence where it was interrupted", () => {
    const t = play(progress("Goal created", ": learn guitar.", "completed"));
    expect(texts(t)).toEqual(["flux: Goal created"]);
    const [message] = t.messages;
    expect(message?.kind === "agent" && wasCut(message)).toBe(true);
  });

  it("cuts the right bubble when the caller's words are already below it", () => {
    const t = play(progress("Goal", " created: learn guitar.", "in-progress"), heard("no"), progress("Goal", " created: learn guitar.", "completed"));
    expect(texts(t)).toEqual(["flux: Goal", "you: no"]);
  });

  it("keeps a turn's phrases in one bubble, whatever pauses lie between", () => {
    const t = play(replyStarted, spoken(0, "One moment."), agentStopped, spoken(1, "Done."), replyStopped, agentStopped, spoken(2, "Still there?"));
    expect(texts(t)).toEqual(["flux: One moment. Done.", "flux: Still there?"]);
  });

  it("shows at once what will not be spoken", () => {
    expect(texts(play(said({ segment_id: 0, text: "Hello.", will_be_spoken: false, spoken_status: "new" })))).toEqual(["flux: Hello."]);
  });

  it("takes a late progress for no news once a phrase is done", () => {
    const t = play(progress("Goal created: learn guitar.", "", "completed"), progress("Goal", "…", "in-progress"));
    expect(texts(t)).toEqual(["flux: Goal created: learn guitar."]);
  });

  it("settles everything at the end of the call", () => {
    const t = settled(play(heard("and"), progress("Goal", " created.", "in-progress")));
    expect(t.messages.every(isFinal)).toBe(true);
  });
});
