/** From a Voice Agent's messages, and how far its voice was played, to what the page shows. Knows no socket, no clock. */

import type { CallEvent } from "../call/state";
import { Answer, type Progress } from "./Answer";
import type { AgentMessage, FunctionCall } from "./messages";
import type { PlayState } from "./playQueue";

export interface DialogueEvents {
  tell(event: CallEvent): void;
  answered(turn: number): void;
  /** What waits to be played is not wanted any more. */
  silence(): void;
}

/** A message, or a function and what came of it, as the protocol's settings have them for an agent that goes on. */
export type Past =
  | { role: "user" | "assistant"; content: string }
  | { function_calls: { id: string; name: string; client_side: boolean; arguments: string; response: string }[] };

const STILL: Progress = { received: 0, played: 0 };

export class Dialogue {
  /** What was said and done so far, for an agent that has to go on from there, and do nothing twice. */
  readonly history: Past[] = [];
  private answer = new Answer();
  private progress: Progress = STILL;
  private userSpeaks = false;
  private agentSpeaks = false;
  private turn = 0;
  /** The last turn was spoken, and its answer has not begun to sound. */
  private spoken = false;
  private latency: number | null = null;
  private count = 0;

  constructor(private readonly events: DialogueEvents) {}

  /** `typed` says of the caller's words that they were. */
  take(message: AgentMessage, typed = false): void {
    switch (message.type) {
      case "UserStartedSpeaking":
        this.userStarted();
        return;
      case "ConversationText":
        this.history.push({ role: message.role, content: message.content });
        if (message.role === "user") this.userSaid(message.content, typed);
        else this.agentSays(message.content);
        return;
      case "History":
        if (message.role === "assistant") this.corrected(message.content);
        return;
      case "AgentThinking":
        this.userPaused();
        this.events.tell({ type: "reply-started" });
        return;
      case "AgentStartedSpeaking":
        this.userPaused();
        this.latency = message.totalLatency > 0 ? message.totalLatency * 1000 : null;
        this.tellLatency();
        return;
      case "AgentAudioDone":
        this.events.tell({ type: "reply-stopped" });
        return;
      default:
        return;
    }
  }

  /** How far the agent's voice is, in seconds. */
  played({ playing, drained, received, played }: PlayState): void {
    this.progress = { received, played };
    if (playing && !this.agentSpeaks) {
      if (this.answer.over && !this.answer.empty) this.answer = new Answer();
      this.agentSpeaks = true;
      this.events.tell({ type: "agent-started" });
    }
    if (this.agentSpeaks) this.show(this.answer.sounding(this.progress));
    if (drained && this.agentSpeaks) {
      this.show(this.answer.done());
      this.agentFellSilent();
    }
  }

  /** A function came to something. */
  ran({ id, name, args, clientSide }: FunctionCall, response: string): void {
    const call = { id, name, client_side: clientSide, arguments: JSON.stringify(args), response };
    this.history.push({ function_calls: [call] });
  }

  /** Nobody has been heard for a while: what began as speech was none, or its words are long in coming. */
  userPaused(): void {
    if (!this.userSpeaks) return;
    this.userSpeaks = false;
    this.events.tell({ type: "user-stopped" });
  }

  /** The line was lost: what was being said is not said to its end. */
  lost(): void {
    this.userPaused();
    this.cut();
    this.answer = new Answer();
  }

  private userStarted(): void {
    this.events.silence(); // of what has not begun to sound too
    this.cut();
    this.userSpeaks = true;
    this.events.tell({ type: "user-started" });
  }

  private userSaid(text: string, typed: boolean): void {
    this.userPaused();
    this.cut(); // who is still speaking was interrupted, as by words that were typed
    if (this.answer.over) this.answer = new Answer();
    this.spoken = !typed;
    this.turn++;
    this.latency = null;
    this.events.tell({ type: "user-taken", text });
  }

  private agentSays(text: string): void {
    // Words that come after a cut, with no other answer begun, are those that were heard of the one that was cut.
    if (this.answer.over && !(this.answer.wasCut && this.answer.empty)) this.answer = new Answer();
    this.show(this.answer.add(++this.count, text));
    if (this.agentSpeaks) this.show(this.answer.sounding(this.progress));
    this.tellLatency();
  }

  private corrected(heard: string): void {
    if (this.agentSpeaks && this.answer.breaksOffAt(heard)) this.cut();
    const corrections = this.answer.correct(heard);
    this.show(corrections);
    const last = this.history.findLast((each) => "role" in each && each.role === "assistant");
    if (last && "role" in last && corrections.length > 0) last.content = heard;
  }

  private cut(): void {
    if (!this.agentSpeaks) return;
    this.events.silence();
    this.show(this.answer.cut(this.progress));
    this.events.tell({ type: "reply-stopped" });
    this.agentFellSilent();
  }

  private agentFellSilent(): void {
    this.agentSpeaks = false;
    this.progress = STILL;
    this.events.tell({ type: "agent-stopped" });
  }

  /** Told once the words are there that it belongs to. */
  private tellLatency(): void {
    if (this.latency === null || this.answer.over || this.answer.empty) return;
    const unknown = { endpoint: null, transcript: null, llm_first_token: null };
    const marks = { ...unknown, llm_first_phrase: null, tts_first_audio: null, audio_out: this.latency };
    this.events.tell({ type: "latency", turn: this.turn, marks });
    if (this.spoken) this.events.answered(this.turn);
    this.spoken = false;
    this.latency = null;
  }

  private show(outputs: ReturnType<Answer["done"]>): void {
    for (const output of outputs) this.events.tell({ type: "agent-output", output });
  }
}
