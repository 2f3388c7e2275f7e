/** Everything the page shows of a call, and how each event changes it: pure. */

import type { Marks } from "./latency";
import type { EndReason } from "./serverMessages";
import { cancelRunning, updateTool, type ToolCall, type ToolUpdate } from "./tools";
import * as words from "./transcript";
import type { BotOutput, Transcript } from "./transcript";

export type Phase = "idle" | "connecting" | "live" | "reconnecting" | "ended" | "error";
export type Activity = "listening" | "hearing" | "thinking" | "speaking";
/** What `data-state` says. */
export type VisibleState = Exclude<Phase, "live"> | Activity;

export type MicrophoneFault = "no-microphone" | "permission-denied" | "microphone-busy" | "insecure-origin";
export type CallFault =
  | MicrophoneFault
  | "server-gone"
  | "server-busy"
  | "server-fault"
  | "not-allowed"
  | "ice-failed"
  | "link-lost"
  | "call-gone"
  | "agent-fault";

/** Why a call is over, as far as the server or the page knows. */
export type Ending = EndReason | "left";

export type MicState = "off" | "opening" | "on" | "muted";

export interface CallState {
  phase: Phase;
  transcript: Transcript;
  tools: readonly ToolCall[];
  /** Marks of the turns so far, each with the agent's message it belongs to. */
  latencies: readonly { turn: number; marks: Marks; messageId: string | null; heard: number | null }[];
  mic: MicState;
  userSpeaking: boolean;
  agentSpeaking: boolean;
  thinking: boolean;
  soundBlocked: boolean;
  /** What stands in the way, or went wrong without ending the call. */
  fault: CallFault | null;
  /** The server's own words for the fault, if it had any. */
  detail: string | null;
  endReason: Ending | null;
  /** What stands in the text field; words that never arrived go back there. */
  draft: string;
  /** The loudspeaker is turned down to nothing. */
  silent: boolean;
}

export type CallEvent =
  | { type: "starting"; mic: boolean }
  | { type: "connected" }
  | { type: "reconnecting"; active: boolean }
  | { type: "relinked" }
  | { type: "failed"; fault: CallFault; detail?: string }
  | { type: "fault"; fault: CallFault; detail?: string }
  | { type: "fault-dismissed" }
  | { type: "ending"; reason: EndReason }
  | { type: "ended"; reason: Ending }
  | { type: "mic"; mic: MicState }
  | { type: "sound-blocked"; blocked: boolean }
  | { type: "silent"; silent: boolean }
  | { type: "draft"; text: string }
  | { type: "user-started" }
  | { type: "user-stopped" }
  | { type: "user-transcript"; text: string; final: boolean }
  | { type: "user-typed"; text: string }
  | { type: "user-taken"; text: string }
  | { type: "reply-started" }
  | { type: "reply-stopped" }
  | { type: "agent-started" }
  | { type: "agent-stopped" }
  | { type: "agent-output"; output: BotOutput }
  | { type: "tool"; tool: ToolUpdate }
  | { type: "latency"; turn: number; marks: Marks }
  | { type: "heard"; turn: number; ms: number };

export const initialState: CallState = {
  phase: "idle",
  transcript: words.emptyTranscript,
  tools: [],
  latencies: [],
  mic: "off",
  userSpeaking: false,
  agentSpeaking: false,
  thinking: false,
  soundBlocked: false,
  fault: null,
  detail: null,
  endReason: null,
  draft: "",
  silent: false,
};

export function visibleState(state: CallState): VisibleState {
  if (state.phase !== "live") return state.phase;
  if (state.userSpeaking) return "hearing";
  if (state.agentSpeaking) return "speaking";
  return state.thinking ? "thinking" : "listening";
}

export function inCall(state: CallState): boolean {
  return state.phase === "connecting" || state.phase === "live" || state.phase === "reconnecting";
}

export function reduce(state: CallState, event: CallEvent): CallState {
  switch (event.type) {
    case "starting":
      return {
        ...initialState,
        phase: "connecting",
        mic: event.mic ? "opening" : "off",
        draft: state.draft,
        silent: state.silent,
      };
    case "connected":
      return { ...state, phase: "live" };
    case "reconnecting":
      if (!inCall(state) || state.endReason !== null) return state;
      return { ...state, phase: event.active ? "reconnecting" : "live", userSpeaking: false };
    case "relinked":
      // The end of what went on may have been on its way; a sound that lasts is told again.
      return { ...state, agentSpeaking: false, thinking: false };
    case "failed":
      // A line that fails after the goodbye has failed nobody.
      if (state.endReason !== null) return { ...over(state), phase: "ended" };
      return { ...over(state), phase: "error", fault: event.fault, detail: event.detail ?? null };
    case "fault":
      return { ...state, fault: event.fault, detail: event.detail ?? null };
    case "fault-dismissed":
      return { ...state, fault: null, detail: null };
    case "ending":
      return { ...state, endReason: event.reason };
    case "ended":
      if (!inCall(state)) return state;
      return { ...over(state), phase: "ended", endReason: state.endReason ?? event.reason };
    case "mic":
      return inCall(state) ? { ...state, mic: event.mic } : state;
    case "sound-blocked":
      return { ...state, soundBlocked: event.blocked };
    case "silent":
      return { ...state, silent: event.silent };
    case "draft":
      return { ...state, draft: event.text };
    default:
      return inCall(state) ? converse(state, event) : state;
  }
}

type Conversed = Exclude<
  CallEvent,
  {
    type:
      | "starting"
      | "connected"
      | "reconnecting"
      | "relinked"
      | "failed"
      | "fault"
      | "fault-dismissed"
      | "ending"
      | "ended"
      | "mic"
      | "sound-blocked"
      | "silent"
      | "draft";
  }
>;

function converse(state: CallState, event: Conversed): CallState {
  const { transcript } = state;
  switch (event.type) {
    case "user-started":
      return { ...state, userSpeaking: true, thinking: false, transcript: words.userStarted(transcript) };
    case "user-stopped":
      return { ...state, userSpeaking: false, thinking: transcript.userOpen !== null };
    case "user-transcript":
      return {
        ...state,
        thinking: state.thinking && event.text.trim() !== "", // sound without words calls for no answer
        transcript: words.userTranscribed(transcript, event.text, event.final),
      };
    case "user-typed":
      return { ...state, transcript: words.userTyped(transcript, event.text) };
    case "user-taken":
      return { ...state, thinking: true, transcript: words.userTaken(transcript, event.text) };
    case "reply-started":
      return { ...state, thinking: true, transcript: words.replyStarted(transcript) };
    case "reply-stopped":
      // Still thinking, to the ear, until the first sound.
      return { ...state, transcript: words.replyStopped(transcript) };
    case "agent-started":
      return { ...state, agentSpeaking: true, thinking: false };
    case "agent-stopped":
      return { ...state, agentSpeaking: false, thinking: false, transcript: words.agentStopped(transcript) };
    case "agent-output":
      return {
        ...state,
        thinking: state.thinking && event.output.will_be_spoken !== false,
        transcript: words.agentSaid(transcript, event.output),
      };
    case "tool":
      return { ...state, tools: updateTool(state.tools, event.tool, transcript.messages.at(-1)?.id ?? null) };
    case "latency": {
      const messageId = transcript.messages.findLast((each) => each.kind === "agent")?.id ?? null;
      const others = state.latencies.filter((each) => each.turn !== event.turn);
      return { ...state, latencies: [...others, { turn: event.turn, marks: event.marks, messageId, heard: null }] };
    }
    case "heard": {
      const latencies = state.latencies.map((each) => (each.turn === event.turn ? { ...each, heard: event.ms } : each));
      return { ...state, latencies };
    }
  }
}

function over(state: CallState): CallState {
  if (!inCall(state)) return state;
  return {
    ...state,
    draft: [...words.untaken(state.transcript), state.draft].filter(Boolean).join(" "),
    mic: "off",
    userSpeaking: false,
    agentSpeaking: false,
    thinking: false,
    soundBlocked: false,
    transcript: words.settled(state.transcript),
    tools: cancelRunning(state.tools),
  };
}
