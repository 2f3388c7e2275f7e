/** The two sides' words, one bubble a turn: partials settle in place, the agent's words grow as they are spoken. */

export interface UserMessage {
  kind: "user";
  id: string;
  text: string;
  typed: boolean;
  /** The words will not change any more. */
  final: boolean;
  /** The server has taken them as a turn. */
  taken: boolean;
  /** They were typed, and the call was over before they arrived. */
  lost?: boolean;
}

export interface Segment {
  id: number;
  text: string;
  /** What of it has been spoken so far. */
  heard: string;
  state: "waiting" | "speaking" | "done" | "cut";
}

export interface AgentMessage {
  kind: "agent";
  id: string;
  segments: readonly Segment[];
}

export type Message = UserMessage | AgentMessage;

export interface Transcript {
  messages: readonly Message[];
  /** The bubble that the caller's next words go into. */
  userOpen: string | null;
  /** The bubble that the agent's next phrases go into. */
  agentOpen: string | null;
  /** The chat model is at work: phrases said meanwhile belong to one turn, whatever pauses lie between. */
  replying: boolean;
  count: number;
}

export interface BotOutput {
  text: string;
  segment_id?: number | undefined;
  will_be_spoken?: boolean | undefined;
  spoken_status?: "new" | "in-progress" | "completed" | undefined;
  spoken_progress?: { accumulated_text: string; remaining_text: string } | undefined;
  /** Our own server's word for a phrase that was cut. */
  interrupted?: boolean | undefined;
}

export const emptyTranscript: Transcript = {
  messages: [],
  userOpen: null,
  agentOpen: null,
  replying: false,
  count: 0,
};

// ------ the caller

export function userStarted(transcript: Transcript): Transcript {
  const open = find(transcript, transcript.userOpen);
  return open?.kind === "user" && open.final ? { ...transcript, userOpen: null } : transcript;
}

export function userTranscribed(transcript: Transcript, text: string, final: boolean): Transcript {
  const words = text.trim();
  const open = transcript.userOpen;
  if (!words) {
    // Sound without words: nothing was said.
    if (!final || open === null) return transcript;
    return { ...without(transcript, open), userOpen: null };
  }
  if (open !== null) return patchUser(transcript, open, { text: words, final });
  const added = append(transcript, (id) => ({ kind: "user", id, text: words, typed: false, final, taken: false }));
  return { ...added, userOpen: added.messages.at(-1)?.id ?? null };
}

export function userTyped(transcript: Transcript, text: string): Transcript {
  return append(transcript, (id) => ({ kind: "user", id, text: text.trim(), typed: true, final: true, taken: false }));
}

/** The server says which words it took as the caller's turn. */
export function userTaken(transcript: Transcript, text: string): Transcript {
  const words = text.trim();
  if (!words) return transcript;
  const users = transcript.messages.filter((each) => each.kind === "user");
  const typed = users.find((each) => each.typed && !each.taken && each.text === words);
  const target = typed?.id ?? transcript.userOpen ?? unanswered(transcript)?.id;
  if (target === undefined) {
    return append(transcript, (id) => ({ kind: "user", id, text: words, typed: false, final: true, taken: true }));
  }
  const taken = patchUser(transcript, target, { text: words, final: true, taken: true });
  return target === transcript.userOpen ? { ...taken, userOpen: null } : taken;
}

/** What was typed and has not reached the agent, or not yet. */
export function untaken(transcript: Transcript): string[] {
  return transcript.messages.flatMap((each) => (each.kind === "user" && each.typed && !each.taken ? [each.text] : []));
}

/** The last thing the caller said, if the agent has not said anything since. */
function unanswered(transcript: Transcript): UserMessage | undefined {
  const last = transcript.messages.at(-1);
  return last?.kind === "user" && !last.typed ? last : undefined;
}

// ------ the agent

export function replyStarted(transcript: Transcript): Transcript {
  return { ...userStarted(transcript), replying: true };
}

export function replyStopped(transcript: Transcript): Transcript {
  return { ...transcript, replying: false };
}

export function agentStopped(transcript: Transcript): Transcript {
  return transcript.replying ? transcript : { ...transcript, agentOpen: null };
}

export function agentSaid(transcript: Transcript, output: BotOutput): Transcript {
  const known = transcript.messages.find(
    (each) => each.kind === "agent" && each.segments.some((segment) => segment.id === output.segment_id),
  );
  if (known?.kind === "agent") {
    const segments = known.segments.map((each) => (each.id === output.segment_id ? progressed(each, output) : each));
    return patchAgent(transcript, known.id, segments);
  }
  const fresh: Segment = { id: output.segment_id ?? -1 - transcript.count, text: "", heard: "", state: "waiting" };
  const segment = progressed(fresh, output);
  const open = find(transcript, transcript.agentOpen);
  if (open?.kind === "agent" && !answeredSince(transcript, open)) {
    return { ...patchAgent(transcript, open.id, [...open.segments, segment]), count: transcript.count + 1 };
  }
  const added = append(transcript, (id) => ({ kind: "agent", id, segments: [segment] }));
  return { ...added, agentOpen: added.messages.at(-1)?.id ?? null };
}

function progressed(segment: Segment, output: BotOutput): Segment {
  const text = output.text || segment.text;
  const progress = output.spoken_progress;
  if (output.will_be_spoken === false) return { ...segment, text, heard: text, state: "done" };
  switch (output.spoken_status) {
    case "completed": {
      const cut = output.interrupted ?? (progress !== undefined && progress.remaining_text.trim() !== "");
      return { ...segment, text, heard: cut ? (progress?.accumulated_text ?? "") : text, state: cut ? "cut" : "done" };
    }
    case "in-progress":
      if (segment.state === "done" || segment.state === "cut") return segment;
      return { ...segment, text, heard: progress?.accumulated_text ?? text, state: "speaking" };
    default:
      return segment.state === "waiting" ? { ...segment, text } : segment;
  }
}

/** Whether the caller has spoken since that bubble was begun. */
function answeredSince(transcript: Transcript, message: AgentMessage): boolean {
  const at = transcript.messages.indexOf(message);
  return transcript.messages.slice(at + 1).some((each) => each.kind === "user");
}

/** The call is over: nothing in it changes any more. */
export function settled(transcript: Transcript): Transcript {
  const messages = transcript.messages.map((each): Message => {
    if (each.kind === "user") return { ...each, final: true, lost: each.typed && !each.taken };
    return {
      ...each,
      segments: each.segments.map((segment) =>
        segment.state === "speaking" || (segment.state === "waiting" && each.segments.some(isHeard))
          ? { ...segment, state: "cut" as const }
          : segment,
      ),
    };
  });
  return { ...transcript, messages, userOpen: null, agentOpen: null, replying: false };
}

function isHeard(segment: Segment): boolean {
  return segment.heard.trim() !== "";
}

/** What a person heard of an agent's message. */
export function heardText(message: AgentMessage): string {
  return message.segments
    .map((each) => each.heard.trim())
    .filter(Boolean)
    .join(" ");
}

export function wasCut(message: AgentMessage): boolean {
  return message.segments.some((each) => each.state === "cut");
}

export function isFinal(message: Message): boolean {
  if (message.kind === "user") return message.final;
  return message.segments.every((each) => each.state === "done" || each.state === "cut") || wasCut(message);
}

// ------ plumbing

function find(transcript: Transcript, id: string | null): Message | undefined {
  return id === null ? undefined : transcript.messages.find((each) => each.id === id);
}

function append(transcript: Transcript, make: (id: string) => Message): Transcript {
  const count = transcript.count + 1;
  return { ...transcript, count, messages: [...transcript.messages, make(`m${count}`)] };
}

function without(transcript: Transcript, id: string): Transcript {
  return { ...transcript, messages: transcript.messages.filter((each) => each.id !== id) };
}

function patchUser(transcript: Transcript, id: string, change: Partial<UserMessage>): Transcript {
  return {
    ...transcript,
    messages: transcript.messages.map((each) => (each.id === id && each.kind === "user" ? { ...each, ...change } : each)),
  };
}

function patchAgent(transcript: Transcript, id: string, segments: readonly Segment[]): Transcript {
  return {
    ...transcript,
    messages: transcript.messages.map((each) => (each.id === id && each.kind === "agent" ? { ...each, segments } : each)),
  };
}
