/** The floating button: starts a call, and shows the one that goes on. */

import { useEffect, useRef, type ReactElement } from "react";

import { useLevel } from "../call/useLevel";
import type { VoiceAgent } from "../useVoiceAgent";
import { states, voiceButton } from "../text";
import { Icon } from "./icons";
import { Orb } from "./Orb";

interface VoiceButtonProps {
  agent: VoiceAgent;
  /** The overlay is in front of it. */
  open: boolean;
  /** Puts the overlay in front; the button itself starts the call. */
  onOpen: () => void;
  /** Its words before the first call. */
  label?: string;
}

export function VoiceButton({ agent, open, onOpen, label = voiceButton.start }: VoiceButtonProps): ReactElement {
  const { active, visible, tracks } = agent;
  const element = useRef<HTMLButtonElement>(null);
  useLevel(element, "--you", !open && active && agent.state.mic === "on" ? tracks.microphone : null);
  useLevel(element, "--agent", !open && active ? tracks.voice : null);
  const opened = useRef(open);
  useEffect(() => {
    // The overlay gives the focus back to where it was, which may have been nowhere.
    const root = element.current?.getRootNode() as Document | ShadowRoot | undefined;
    const nowhere = !root?.activeElement || root.activeElement === document.body;
    if (opened.current && !open && nowhere) element.current?.focus();
    opened.current = open;
  }, [open]);
  const press = (): void => {
    if (!active) agent.start();
    onOpen();
  };
  return (
    <button
      type="button"
      ref={element}
      className="voice-button"
      data-testid={active || open ? "open-call" : "start"}
      data-state={visible}
      aria-haspopup="dialog"
      aria-expanded={open}
      aria-label={active ? voiceButton.open(states[visible].label) : undefined}
      onClick={press}
    >
      {active ? <Orb state={visible} /> : <Icon name="mic" />}
      <span>{active ? states[visible].label : visible === "idle" ? label : voiceButton.again}</span>
    </button>
  );
}
