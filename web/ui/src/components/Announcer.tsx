/** Tells a screen reader what the eye sees change; the agent's words only where they cannot be heard. */

import { useDeferredValue, type ReactElement } from "react";

import { hasEnded, humanise } from "../call/tools";
import { heardText, isFinal } from "../call/transcript";
import type { VoiceAgent } from "../useVoiceAgent";
import { conversation, endings, states, tools } from "../text";

export function Announcer({ agent }: { agent: VoiceAgent }): ReactElement {
  const { state, visible } = agent;
  const spoken = state.mic !== "off";
  const ending = state.phase === "ended" && state.endReason ? ` ${endings[state.endReason]}` : "";
  // A live region is read out when it changes, so its first words come after it.
  const told = useDeferredValue(states[visible].label + ending, "");
  const last = state.transcript.messages.findLast((each) => isFinal(each) && (each.kind === "user" || !spoken));
  const tool = state.tools.findLast((each) => hasEnded(each.status));
  return (
    <div className="unseen">
      <p role="status">{told}</p>
      <p role="status">
        {last && (last.kind === "user" ? `${conversation.you}: ${last.text}` : `${conversation.agent}: ${heardText(last)}`)}
      </p>
      <p role="status">{tool && `${humanise(tool.name)}: ${tools.statuses[tool.status]}. ${tool.result ?? ""}`}</p>
    </div>
  );
}
