/** What the page says of a call, to the eye and to a screen reader: pure. */

import { whatWasKept } from "../call/kept";
import type { CallState } from "../call/state";
import { hasEnded, humanise } from "../call/tools";
import { heardText, isFinal } from "../call/transcript";
import { askingPermission, conversation, endings, kept, states, tools, unheard } from "../text";
import type { VoiceAgent } from "../useVoiceAgent";

type Asked = Pick<VoiceAgent, "visible" | "state" | "pushToTalk">;

export interface Said {
  label: string;
  hint: string;
  /** What is not lost with the connection; empty where nothing is in danger. */
  kept: string;
}

export function said(agent: Asked): Said {
  const { visible, state } = agent;
  const endangered = visible === "reconnecting" || state.fault === "link-lost" || state.fault === "call-gone";
  return { ...inWords(agent), kept: endangered ? keptText(state) : "" };
}

/** The same for the ear: a hint only where it is news, for the usual ones would be read out at every turn. */
export function announced(agent: Asked): string {
  const { label, hint, kept: safe } = said(agent);
  const usual = hint === states[agent.visible].hint;
  return [label, usual ? "" : hint, safe].filter(Boolean).join(". ");
}

/** The last words to be read out; the agent's own only where they cannot be heard. Its id tells it from the same again. */
export function lastWords(state: CallState): { id: string; text: string } | null {
  const audible = state.mic !== "off" && !state.soundBlocked && !state.silent;
  const last = state.transcript.messages.findLast((each) => isFinal(each) && (each.kind === "user" || !audible));
  if (!last) return null;
  const text = last.kind === "user" ? `${conversation.you}: ${last.text}` : `${conversation.agent}: ${heardText(last)}`;
  return { id: last.id, text };
}

export function lastTool(state: CallState): { id: string; text: string } | null {
  const tool = state.tools.findLast((each) => hasEnded(each.status));
  if (!tool) return null;
  return { id: tool.id, text: `${humanise(tool.name)}: ${tools.statuses[tool.status]}. ${tool.result ?? ""}` };
}

function inWords({ visible, state, pushToTalk }: Asked): { label: string; hint: string } {
  if (visible === "connecting" && state.mic === "opening") return askingPermission;
  if (visible === "ended" && state.endReason) return { label: states.ended.label, hint: endings[state.endReason] };
  if (visible !== "listening" || state.mic === "on" || state.mic === "opening") return states[visible];
  return unheard[state.mic === "muted" && pushToTalk ? "released" : state.mic];
}

function keptText(state: CallState): string {
  const { said: words, saved, lost } = whatWasKept(state);
  const parts = [saved.length > 0 ? kept.saved(saved) : kept.nothingSaved];
  if (words) parts.unshift(kept.said);
  if (lost > 0) parts.push(kept.lost(lost));
  return parts.join(" ");
}
