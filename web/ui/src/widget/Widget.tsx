/** What stands in the shadow root: the button, and the call that it opens. */

import type { ReactElement } from "react";

import type { Call } from "../call/Call";
import { Announcer } from "../components/Announcer";
import { VoiceButton } from "../components/VoiceButton";
import { VoiceOverlay } from "../components/VoiceOverlay";
import { useVoiceAgent } from "../useVoiceAgent";
import type { WidgetOptions } from "./attributes";

interface WidgetProps {
  call: Call;
  options: WidgetOptions;
  open: boolean;
  onOpen: () => void;
  onClose: () => void;
}

export function Widget({ call, options, open, onOpen, onClose }: WidgetProps): ReactElement {
  const agent = useVoiceAgent(call);
  const attributes = { "data-state": agent.visible, "data-open": open, lang: options.language };
  return (
    <div className={`widget at-${options.position}`} {...attributes} dir="ltr">
      <VoiceButton agent={agent} open={open} onOpen={onOpen} label={options.label} />
      <VoiceOverlay agent={agent} open={open} onClose={onClose} />
      {!open && <Announcer agent={agent} />}
    </div>
  );
}
