/** The microphone's own button: mutes, or is held while one talks. */

import { useEffect, type KeyboardEvent, type ReactElement } from "react";

import { mayToggle, type VoiceAgent } from "../useVoiceAgent";
import { controls, microphone } from "../text";
import { Icon } from "./icons";

export function TalkButton({ agent }: { agent: VoiceAgent }): ReactElement {
  const { mic } = agent.state;
  if (agent.pushToTalk && mic !== "off") return <HoldButton agent={agent} />;
  return (
    <button
      type="button"
      className="button mute"
      data-testid="mute"
      data-mic={mic}
      disabled={!mayToggle(agent.state)}
      onClick={agent.toggleMicrophone}
    >
      <Icon name={mic === "on" || mic === "opening" ? "mic" : "micOff"} />
      <span>{microphone[mic].action}</span>
    </button>
  );
}

function HoldButton({ agent }: { agent: VoiceAgent }): ReactElement {
  const { letGo } = agent;
  useEffect(() => letGo, [letGo]); // a button that goes hears no finger lifted
  const held = (event: KeyboardEvent): boolean => event.key === " " || event.key === "Enter";
  return (
    <button
      type="button"
      className="button mute hold"
      data-testid="hold"
      data-mic={agent.state.mic}
      data-held={agent.holding}
      disabled={!mayToggle(agent.state)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        agent.hold();
      }}
      onPointerUp={agent.letGo}
      onLostPointerCapture={agent.letGo}
      onContextMenu={(event) => event.preventDefault()} // what a long touch would open
      onKeyDown={(event) => {
        if (!held(event)) return;
        event.preventDefault();
        agent.hold();
      }}
      onKeyUp={(event) => {
        if (held(event)) agent.letGo();
      }}
      onBlur={agent.letGo}
    >
      <Icon name="mic" />
      <span>{agent.holding ? controls.holding : controls.hold}</span>
    </button>
  );
}
