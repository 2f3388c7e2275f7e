/** What a Voice Agent socket says, read with suspicion: anything odd is nothing. */

export interface FunctionCall {
  id: string;
  name: string;
  args: Record<string, unknown>;
  /** The arguments were no JSON object: the call cannot be run. */
  garbled: boolean;
  /** Else the server runs it itself, and nothing is asked of us. */
  clientSide: boolean;
}

export type AgentMessage =
  | { type: "Welcome"; requestId: string }
  | { type: "SettingsApplied" }
  | { type: "ConversationText"; role: "user" | "assistant"; content: string }
  | { type: "UserStartedSpeaking" }
  | { type: "AgentThinking" }
  | { type: "AgentStartedSpeaking"; totalLatency: number }
  | { type: "AgentAudioDone" }
  | { type: "FunctionCallRequest"; calls: FunctionCall[] }
  | { type: "FunctionCallCancelled"; ids: string[] }
  /** What a function came to that the server ran itself. */
  | { type: "FunctionCallResponse"; id: string; name: string; content: string }
  /** Of an answer, what was really heard of it. */
  | { type: "History"; role: "user" | "assistant"; content: string }
  | { type: "InjectionRefused"; message: string }
  | { type: "Warning"; code: string; description: string }
  | { type: "Error"; code: string; description: string };

/** The longest text message that is looked at: far above what any honest one holds. */
export const MAX_TEXT = 1 << 20;

/** What a text message says; `null` for one that is no JSON, too long, of an unknown type or not whole. */
export function readAgentMessage(text: string): AgentMessage | null {
  if (text.length > MAX_TEXT) return null;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  return isObject(data) ? read(data) : null;
}

function read(data: Record<string, unknown>): AgentMessage | null {
  const { type } = data;
  switch (type) {
    case "SettingsApplied":
    case "UserStartedSpeaking":
    case "AgentThinking":
    case "AgentAudioDone":
      return { type };
    case "Welcome":
      return { type, requestId: words(data.request_id) };
    case "ConversationText":
    case "History":
      return readText(type, data);
    case "AgentStartedSpeaking":
      return { type, totalLatency: seconds(data.total_latency) };
    case "FunctionCallRequest":
      return { type, calls: items(data.functions).flatMap(readCall) };
    case "FunctionCallCancelled":
      return { type, ids: items(data.functions).flatMap(({ id }) => (typeof id === "string" ? [id] : [])) };
    case "FunctionCallResponse":
      if (typeof data.id !== "string") return null;
      return { type, id: data.id, name: words(data.name), content: words(data.content) };
    case "InjectionRefused":
      return { type, message: words(data.message) };
    case "Warning":
    case "Error":
      return { type, code: words(data.code), description: words(data.description) };
    default:
      return null;
  }
}

function readText(type: "ConversationText" | "History", data: Record<string, unknown>): AgentMessage | null {
  const { role, content } = data;
  if ((role !== "user" && role !== "assistant") || typeof content !== "string" || !content.trim()) return null;
  return { type, role, content };
}

function readCall(data: Record<string, unknown>): FunctionCall[] {
  const { id, name } = data;
  if (typeof id !== "string" || !id || typeof name !== "string") return [];
  const args = readArguments(data.arguments);
  return [{ id, name, args: args ?? {}, garbled: args === null, clientSide: data.client_side !== false }];
}

/** They come as JSON in a string; an empty one means that there are none. */
function readArguments(given: unknown): Record<string, unknown> | null {
  if (given === undefined || given === null || given === "") return {};
  if (isObject(given)) return given;
  if (typeof given !== "string") return null;
  try {
    const value: unknown = JSON.parse(given);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function items(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function seconds(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
