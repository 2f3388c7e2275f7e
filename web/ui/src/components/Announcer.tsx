/** Tells a screen reader what the eye sees change; the agent's words only where they cannot be heard. */

import type { ReactElement } from "react";

import { visibleState, type CallState } from "../call/state";
import { humanise } from "../call/tools";
import { heardText, isFinal } from "../call/transcript";
import { conversation, endings, states, tools } from "../text";

export function Announcer({ state }: { state: CallState }): ReactElement {
  const visible = visibleState(state);
  const spoken = state.mic !== "off";
  const ending = state.phase === "ended" && state.endReason ? ` ${endings[state.endReason]}` : "";
  const last = state.transcript.messages.findLast((each) => isFinal(each) && (each.kind === "user" || !spoken));
  const tool = state.tools.findLast((each) => each.status !== "running");
  return (
    <div className="unseen">
      <p role="status">{states[visible].label + ending}</p>
      <p role="status">
        {last && (last.kind === "user" ? `${conversation.you}: ${last.text}` : `${conversation.agent}: ${heardText(last)}`)}
      </p>
      <p role="status">{tool && `${humanise(tool.name)}: ${tools.statuses[tool.status]}. ${tool.result ?? ""}`}</p>
    </div>
  );
}
