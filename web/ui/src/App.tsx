/** The page: what the agent can do, the conversation, and the button that opens the call. */

import { useEffect, useRef, useState, type ReactElement } from "react";

import type { Call } from "./call/Call";
import { Announcer } from "./components/Announcer";
import { Composer } from "./components/Composer";
import { Conversation } from "./components/Conversation";
import { Examples } from "./components/Examples";
import { Icon } from "./components/icons";
import { Notice } from "./components/Notice";
import { VoiceButton } from "./components/VoiceButton";
import { VoiceOverlay } from "./components/VoiceOverlay";
import { Welcome } from "./components/Welcome";
import { brand, header } from "./text";
import { useVoiceAgent, type VoiceAgent } from "./useVoiceAgent";
import { pressed, released } from "./voiceKeys";

export function App({ call }: { call: Call }): ReactElement {
  const agent = useVoiceAgent(call);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    document.body.dataset.state = agent.visible;
  }, [agent.visible]);
  usePageKeys(agent, open, () => setOpen(true));
  return (
    <div className="page" data-state={agent.visible}>
      <header className="top">
        <span className="brand">
          <span className="brand-mark">
            <Icon name="wave" />
          </span>
          {brand}
        </span>
        <span className="privacy">
          <Icon name="lock" />
          {header.privacy}
        </span>
      </header>
      <main className="main">
        <Welcome />
        <div className="panel talk">
          {/* The overlay has the conversation while it is open: there is one of each. */}
          {!open && <Talk agent={agent} />}
        </div>
      </main>
      <VoiceButton agent={agent} open={open} onOpen={() => setOpen(true)} />
      <VoiceOverlay agent={agent} open={open} onClose={() => setOpen(false)} />
      {!open && <Announcer agent={agent} />}
    </div>
  );
}

function Talk({ agent }: { agent: VoiceAgent }): ReactElement {
  const fresh = agent.state.transcript.messages.length === 0 && !agent.active;
  return (
    <>
      <Notice agent={agent} />
      {fresh ? <Examples onSay={agent.say} /> : <Conversation state={agent.state} />}
      <Composer onSend={agent.say} />
    </>
  );
}

/** While the overlay is closed, its keys are the page's; Esc then ends a call and leaves nothing. */
function usePageKeys(agent: VoiceAgent, open: boolean, show: () => void): void {
  const latest = useRef({ agent, show });
  useEffect(() => {
    latest.current = { agent, show };
  });
  useEffect(() => {
    if (open) return;
    const down = (event: KeyboardEvent): void => {
      const { agent: now, show: open } = latest.current;
      if (event.isComposing) return;
      pressed(event, now, {
        start: () => {
          now.start();
          open();
        },
      });
    };
    const up = (event: KeyboardEvent): void => released(event, latest.current.agent);
    document.addEventListener("keydown", down);
    document.addEventListener("keyup", up);
    return () => {
      document.removeEventListener("keydown", down);
      document.removeEventListener("keyup", up);
    };
  }, [open]);
}
