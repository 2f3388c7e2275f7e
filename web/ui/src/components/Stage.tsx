/** The call itself: what the agent is doing, whether it hears, and the ways out. */

import type { ReactElement } from "react";

import type { Call, Tracks } from "../call/Call";
import { inCall, visibleState, type CallState } from "../call/state";
import { controls, endings, microphone, mutedHint, states, textOnlyHint, textOnlyLabel } from "../text";
import { Icon } from "./icons";
import { Meter } from "./Meter";
import { Orb } from "./Orb";

interface StageProps {
  call: Call;
  state: CallState;
  tracks: Tracks;
}

export function Stage({ call, state, tracks }: StageProps): ReactElement {
  const visible = visibleState(state);
  const talking = inCall(state);
  const heard = visible === "speaking" ? tracks.voice : tracks.microphone;
  const unheard = visible === "listening" && state.mic === "off";
  const audible = state.phase === "live" || state.phase === "reconnecting";
  return (
    <section className="panel stage">
      <div className="stage-state">
        <Orb state={visible} track={audible ? heard : null} />
        <div className="stage-words">
          <h1 className="stage-label">{unheard ? textOnlyLabel : states[visible].label}</h1>
          <p className="stage-hint">{hint(state)}</p>
        </div>
      </div>
      {talking ? (
        <div className="stage-controls">
          <MuteButton call={call} state={state} track={audible ? tracks.microphone : null} />
          <button type="button" className="button danger" data-testid="end" onClick={call.end}>
            <Icon name="hangUp" />
            <span>{controls.end}</span>
          </button>
        </div>
      ) : (
        <div className="stage-controls">
          <button type="button" className="button primary" data-testid="start" onClick={() => void call.start()}>
            <Icon name="mic" />
            {controls.again}
          </button>
        </div>
      )}
    </section>
  );
}

function MuteButton({ call, state, track }: { call: Call; state: CallState; track: MediaStreamTrack | null }): ReactElement {
  const { mic } = state;
  return (
    <button
      type="button"
      className="button mute"
      data-testid="mute"
      data-mic={mic}
      aria-pressed={mic === "muted"}
      disabled={mic === "opening" || state.phase === "connecting"}
      onClick={call.toggleMicrophone}
    >
      <Icon name={mic === "on" || mic === "opening" ? "mic" : "micOff"} />
      <span>{microphone[mic].action}</span>
      <Meter className="level" track={mic === "on" ? track : null}>
        <i />
        <i />
        <i />
        <i />
        <i />
      </Meter>
    </button>
  );
}

function hint(state: CallState): string {
  if (state.phase === "ended" && state.endReason) return endings[state.endReason];
  if (state.phase === "connecting" && state.mic === "opening") return microphone.opening.state;
  const visible = visibleState(state);
  if (visible === "listening" && state.mic === "off") return textOnlyHint;
  if (visible === "listening" && state.mic === "muted") return mutedHint;
  return states[visible].hint;
}
