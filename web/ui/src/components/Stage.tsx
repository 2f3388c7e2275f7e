/** The call itself: what the agent is doing, and how loud both sides are. */

import { useRef, type ReactElement } from "react";

import { whatWasKept } from "../call/kept";
import type { CallState } from "../call/state";
import { useLevel } from "../call/useLevel";
import type { VoiceAgent } from "../useVoiceAgent";
import { askingPermission, endings, kept, states, unheard } from "../text";
import { Levels } from "./Levels";
import { Orb } from "./Orb";

export function Stage({ agent }: { agent: VoiceAgent }): ReactElement {
  const { state, tracks, visible } = agent;
  const element = useRef<HTMLElement>(null);
  const audible = state.phase === "live" || state.phase === "reconnecting";
  useLevel(element, "--you", audible && state.mic === "on" ? tracks.microphone : null);
  useLevel(element, "--agent", audible ? tracks.voice : null);
  const { label, hint } = said(agent);
  return (
    <section className="stage" ref={element}>
      <Orb state={visible} deaf={visible === "listening" && state.mic === "muted" && !agent.pushToTalk} />
      <div className="stage-words">
        <h2 className="stage-label">{label}</h2>
        <p className="stage-hint">{hint}</p>
        {(visible === "reconnecting" || state.fault === "link-lost" || state.fault === "call-gone") && (
          <p className="stage-kept" data-testid="kept">
            {keptText(state)}
          </p>
        )}
      </div>
      {audible && <Levels agent={agent} />}
    </section>
  );
}

function said({ visible, state, pushToTalk }: VoiceAgent): { label: string; hint: string } {
  if (visible === "connecting" && state.mic === "opening") return askingPermission;
  if (visible === "ended" && state.endReason) return { label: states.ended.label, hint: endings[state.endReason] };
  if (visible !== "listening" || state.mic === "on" || state.mic === "opening") return states[visible];
  return unheard[state.mic === "muted" && pushToTalk ? "released" : state.mic];
}

export function keptText(state: CallState): string {
  const { said: words, saved, lost } = whatWasKept(state);
  const parts = [saved.length > 0 ? kept.saved(saved) : kept.nothingSaved];
  if (words) parts.unshift(kept.said);
  if (lost > 0) parts.push(kept.lost(lost));
  return parts.join(" ");
}
