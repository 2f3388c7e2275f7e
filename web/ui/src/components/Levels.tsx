/** How loud both sides are, side by side. The bars read `--you` and `--agent`, which an element around them keeps. */

import type { ReactElement } from "react";

import type { VoiceAgent } from "../useVoiceAgent";
import { conversation, microphone } from "../text";
import { Icon } from "./icons";

export function Levels({ agent }: { agent: VoiceAgent }): ReactElement {
  const { mic } = agent.state;
  return (
    <ul className="levels">
      <li className="level" data-side="you" data-testid="level-you">
        <Icon name={mic === "on" ? "mic" : "micOff"} />
        <span className="level-name">{conversation.level.you}</span>
        {mic === "on" ? <Bar /> : <span className="level-off">{microphone[mic].state}</span>}
      </li>
      <li className="level" data-side="agent" data-testid="level-agent">
        <Icon name="sound" />
        <span className="level-name">{conversation.level.agent}</span>
        <Bar />
      </li>
    </ul>
  );
}

function Bar(): ReactElement {
  return (
    <span className="level-bar" aria-hidden="true">
      <i />
    </span>
  );
}
