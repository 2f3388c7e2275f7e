/** The ways into a call and out of it. */

import type { ReactElement } from "react";

import { isMicrophoneFault } from "../call/faults";
import type { VoiceAgent } from "../useVoiceAgent";
import { controls } from "../text";
import { Icon } from "./icons";
import { TalkButton } from "./TalkButton";

export function CallControls({ agent }: { agent: VoiceAgent }): ReactElement {
  if (agent.active) {
    return (
      <div className="controls">
        <TalkButton agent={agent} />
        <button type="button" className="button danger" data-testid="end" onClick={agent.end}>
          <Icon name="hangUp" />
          <span>{controls.end}</span>
        </button>
      </div>
    );
  }
  const { fault } = agent.state;
  return (
    <div className="controls">
      <button type="button" className="button primary" data-testid="start" onClick={() => agent.start()}>
        <Icon name="mic" />
        <span>{startLabel(agent)}</span>
      </button>
      {isMicrophoneFault(fault) && (
        <button type="button" className="button" data-testid="type-instead" onClick={() => agent.start({ mic: false })}>
          <Icon name="keyboard" />
          <span>{controls.withoutMicrophone}</span>
        </button>
      )}
    </div>
  );
}

function startLabel({ visible, state }: VoiceAgent): string {
  if (visible === "idle") return controls.start;
  const over = visible === "ended" || state.fault === "link-lost" || state.fault === "call-gone";
  return over ? controls.again : controls.retry;
}
