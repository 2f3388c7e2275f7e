/** What the embedding page is told of a call, as events: pure. */

import { inCall, visibleState, type CallFault, type CallState, type VisibleState } from "../call/state";
import type { ToolCall } from "../call/tools";
import { heardText, isFinal, type Message, type Transcript } from "../call/transcript";

export interface StateDetail {
  state: VisibleState;
  /** Whether a call is held or being begun. */
  inCall: boolean;
  fault: CallFault | null;
}

export interface MessageDetail {
  role: "user" | "agent";
  text: string;
}

export type ToolDetail = Omit<ToolCall, "after">;

export interface WidgetEvents {
  "flux-voice-state": StateDetail;
  "flux-voice-message": MessageDetail;
  "flux-voice-tool": ToolDetail;
  "flux-voice-open": null;
  "flux-voice-close": null;
}

export type WidgetEvent = { [Name in keyof WidgetEvents]: { name: Name; detail: WidgetEvents[Name] } }[keyof WidgetEvents];

export function changes(before: CallState, after: CallState): WidgetEvent[] {
  return [...stateChange(before, after), ...messageChanges(before, after), ...toolChanges(before, after)];
}

function stateChange(before: CallState, after: CallState): WidgetEvent[] {
  const state = visibleState(after);
  if (state === visibleState(before) && after.fault === before.fault) return [];
  return [{ name: "flux-voice-state", detail: { state, inCall: inCall(after), fault: after.fault } }];
}

/** Each message once, when its words will not change any more. */
function messageChanges(before: CallState, after: CallState): WidgetEvent[] {
  if (before.transcript === after.transcript) return [];
  const told = new Set(closed(before.transcript).map((each) => each.id));
  return closed(after.transcript)
    .filter((each) => !told.has(each.id))
    .map((each): MessageDetail => ({ role: each.kind, text: each.kind === "user" ? each.text : heardText(each) }))
    .filter((detail) => detail.text !== "")
    .map((detail) => ({ name: "flux-voice-message", detail }));
}

/** Messages that nothing more is added to; between two phrases an agent's one looks final, but is still open. */
function closed({ messages, userOpen, agentOpen }: Transcript): Message[] {
  return messages.filter((each) => isFinal(each) && each.id !== userOpen && each.id !== agentOpen);
}

function toolChanges(before: CallState, after: CallState): WidgetEvent[] {
  const known = new Set(before.tools); // unchanged ones are the same objects
  return after.tools
    .filter((each) => !known.has(each))
    .map(({ id, name, args, status, result, record }) => ({
      name: "flux-voice-tool",
      detail: { id, name, args, status, result, record },
    }));
}
