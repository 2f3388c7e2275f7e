/** The page: what the agent can do, the conversation, and the button that opens the call. */

import { useEffect, useState, type ReactElement } from "react";

import type { Call } from "./call/Call";
import { Announcer } from "./components/Announcer";
import { Composer } from "./components/Composer";
import { Conversation } from "./components/Conversation";
import { Examples } from "./components/Examples";
import { Icon } from "./components/icons";
import { Notice } from "./components/Notice";
import { PanelButtons, Panels, type Panel } from "./components/Panels";
import { VoiceButton } from "./components/VoiceButton";
import { VoiceOverlay } from "./components/VoiceOverlay";
import { Welcome } from "./components/Welcome";
import type { TurnHistory } from "./latency/turns";
import type { SettingsStore } from "./settings/settings";
import { useSettings } from "./settings/useSettings";
import { brand, header } from "./text";
import { useVoiceAgent, type VoiceAgent } from "./useVoiceAgent";
import { useVoiceKeys } from "./useVoiceKeys";

interface AppProps {
  call: Call;
  settings: SettingsStore;
  history: TurnHistory;
}

export function App({ call, settings, history }: AppProps): ReactElement {
  const { captions, pushToTalk } = useSettings(settings);
  const agent = useVoiceAgent(call, { pushToTalk });
  const [open, setOpen] = useState(false);
  const [panel, setPanel] = useState<Panel | null>(null);
  useEffect(() => {
    document.body.dataset.state = agent.visible;
  }, [agent.visible]);
  useVoiceKeys(agent, {
    off: open || panel !== null, // the overlay has its own
    start: () => {
      agent.start();
      setOpen(true);
    },
  });
  const fresh = agent.state.transcript.messages.length === 0 && !agent.active;
  // The overlay has the conversation and the buttons while it is open: there is one of each.
  return (
    <div className="page" data-state={agent.visible} data-captions={captions}>
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
        {!open && <PanelButtons onOpen={setPanel} />}
      </header>
      <main className={fresh ? "main" : "main told"}>
        <Welcome />
        <div className="panel talk">{!open && <Talk agent={agent} fresh={fresh} />}</div>
      </main>
      <VoiceButton agent={agent} open={open} onOpen={() => setOpen(true)} />
      <VoiceOverlay
        agent={agent}
        open={open}
        onClose={() => setOpen(false)}
        covered={panel !== null}
        actions={<PanelButtons onOpen={setPanel} />}
      />
      <Panels agent={agent} settings={settings} history={history} open={panel} onClose={() => setPanel(null)} />
      {!open && <Announcer agent={agent} />}
    </div>
  );
}

function Talk({ agent, fresh }: { agent: VoiceAgent; fresh: boolean }): ReactElement {
  return (
    <>
      <Notice agent={agent} />
      {fresh ? <Examples onSay={agent.say} /> : <Conversation state={agent.state} />}
      <Composer agent={agent} />
    </>
  );
}
