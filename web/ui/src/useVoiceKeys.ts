/** Lets keys drive a call, wherever in the page the focus is: it may have been on what is gone by now. */

import { useEffect, useRef } from "react";

import type { VoiceAgent } from "./useVoiceAgent";
import { followKeys, type KeyAction } from "./voiceKeys";

interface VoiceKeysOptions {
  /** Something else is in front, and has the keys. */
  off?: boolean;
  /** Space, where there is no call. */
  start: () => void;
  /** Esc, where there is no call; it does nothing if this is not given. */
  leave?: () => void;
}

export function useVoiceKeys(agent: VoiceAgent, { off = false, start, leave }: VoiceKeysOptions): void {
  const latest = useRef({ agent, start, leave });
  useEffect(() => {
    latest.current = { agent, start, leave };
  });
  useEffect(() => {
    if (off) return;
    const does = (action: KeyAction): (() => void) | undefined => {
      const { agent: now, start: begin, leave: close } = latest.current;
      return { start: begin, toggle: now.toggleMicrophone, hold: now.hold, end: now.end, leave: close }[action];
    };
    return followKeys(document, {
      asked: () => latest.current.agent,
      does,
      letGo: () => latest.current.agent.letGo(),
    });
  }, [off]);
}
