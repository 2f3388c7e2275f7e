/** The call itself: what the agent is doing, and how loud both sides are. */

import { useRef, type ReactElement } from "react";

import { useLevel } from "../call/useLevel";
import type { VoiceAgent } from "../useVoiceAgent";
import { Levels } from "./Levels";
import { Orb } from "./Orb";
import { said } from "./said";

export function Stage({ agent }: { agent: VoiceAgent }): ReactElement {
  const { state, tracks, visible } = agent;
  const element = useRef<HTMLElement>(null);
  const audible = state.phase === "live" || state.phase === "reconnecting";
  useLevel(element, "--you", audible && state.mic === "on" ? tracks.microphone : null);
  useLevel(element, "--agent", audible ? tracks.voice : null);
  const { label, hint, kept } = said(agent);
  return (
    <section className="stage" ref={element}>
      <Orb state={visible} deaf={visible === "listening" && state.mic === "muted" && !agent.pushToTalk} />
      <div className="stage-words">
        <h2 className="stage-label">{label}</h2>
        <p className="stage-hint">{hint}</p>
        {kept && (
          <p className="stage-kept" data-testid="kept">
            {kept}
          </p>
        )}
      </div>
      {audible && <Levels agent={agent} />}
    </section>
  );
}
