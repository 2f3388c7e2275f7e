/** Tells a screen reader what the eye sees change; the agent's words only where they cannot be heard. */

import { useDeferredValue, type ReactElement } from "react";

import type { VoiceAgent } from "../useVoiceAgent";
import { announced, lastTool, lastWords } from "./said";

export function Announcer({ agent }: { agent: VoiceAgent }): ReactElement {
  // A live region is read out when it changes, so its first words come after it.
  const told = useDeferredValue(announced(agent), "");
  const words = lastWords(agent.state);
  const tool = lastTool(agent.state);
  // Keyed: the same words a second time are another element, and so a change.
  return (
    <div className="unseen">
      <p role="status">{told}</p>
      <p role="status">{words && <span key={words.id}>{words.text}</span>}</p>
      <p role="status">{tool && <span key={tool.id}>{tool.text}</span>}</p>
    </div>
  );
}
