/** Lets keys drive a call, wherever in the page the focus is: it may have been on what is gone by now. */

import { useEffect, useRef } from "react";

import type { VoiceAgent } from "./useVoiceAgent";
import { keyAction, type KeyAction } from "./voiceKeys";

interface VoiceKeysOptions {
  /** Something else is in front, and has the keys. */
  off?: boolean;
  /** Space, where there is no call. */
  start: () => void;
  /** Esc, where there is no call; it does nothing if this is not given. */
  leave?: () => void;
}

const CONTROLS = "input, textarea, select, button, summary, a[href], [contenteditable], [role='slider'], [role='option']";

export function useVoiceKeys(agent: VoiceAgent, { off = false, start, leave }: VoiceKeysOptions): void {
  const latest = useRef({ agent, start, leave });
  useEffect(() => {
    latest.current = { agent, start, leave };
  });
  useEffect(() => {
    if (off) return;
    const down = (event: KeyboardEvent): void => {
      const { agent: now, start: begin, leave: close } = latest.current;
      const action = meant(event, now);
      if (action === null || (action === "leave" && !close)) return;
      event.preventDefault(); // space does not scroll meanwhile, Esc does not close what it only ends
      if (event.repeat) return;
      const does: Record<KeyAction, () => void> = {
        start: begin,
        toggle: now.toggleMicrophone,
        hold: now.hold,
        end: now.end,
        leave: () => close?.(),
      };
      does[action]();
    };
    const up = ({ key }: KeyboardEvent): void => {
      if (key === " ") latest.current.agent.letGo();
    };
    document.addEventListener("keydown", down);
    document.addEventListener("keyup", up);
    return () => {
      document.removeEventListener("keydown", down);
      document.removeEventListener("keyup", up);
    };
  }, [off]);
}

function meant(event: KeyboardEvent, agent: VoiceAgent): KeyAction | null {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return null;
  const [target] = event.composedPath(); // the one inside a shadow root, too
  const onControl = target instanceof Element && target.closest(CONTROLS) !== null;
  return keyAction({ key: event.key, onControl }, agent);
}
