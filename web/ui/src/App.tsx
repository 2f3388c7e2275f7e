/** The page: the call on one side, the conversation on the other. */

import { useEffect, useState, type ReactElement } from "react";

import type { Call } from "./call/Call";
import { visibleState } from "./call/state";
import { useCall, useTracks } from "./call/useCall";
import { Announcer } from "./components/Announcer";
import { Composer } from "./components/Composer";
import { Conversation } from "./components/Conversation";
import { Examples } from "./components/Examples";
import { Icon } from "./components/icons";
import { Notice } from "./components/Notice";
import { Sheet } from "./components/Sheet";
import { Stage } from "./components/Stage";
import { Welcome } from "./components/Welcome";
import { LatencyPanel } from "./latency/LatencyPanel";
import type { TurnHistory } from "./latency/turns";
import { SettingsDialog } from "./settings/SettingsDialog";
import type { SettingsStore } from "./settings/settings";
import { useSettings } from "./settings/useSettings";
import { brand, header, latencyText, settingsText } from "./text";

interface AppProps {
  call: Call;
  settings: SettingsStore;
  history: TurnHistory;
}

export function App({ call, settings, history }: AppProps): ReactElement {
  const { captions } = useSettings(settings);
  const [sheet, setSheet] = useState<"settings" | "latency" | null>(null);
  const closeSheet = (): void => setSheet(null);
  const state = useCall(call);
  const tracks = useTracks(call);
  const visible = visibleState(state);
  useEffect(() => {
    document.body.dataset.state = visible;
  }, [visible]);
  const say = (text: string): void => void call.sendText(text);
  const fresh = state.transcript.messages.length === 0 && (state.phase === "idle" || state.phase === "error");
  return (
    <div className="page" data-state={visible} data-captions={captions}>
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
        <span className="top-actions">
          <button
            type="button"
            className="button round quiet"
            aria-label={latencyText.title}
            title={latencyText.title}
            data-testid="open-latency"
            onClick={() => setSheet("latency")}
          >
            <Icon name="clock" />
          </button>
          <button
            type="button"
            className="button round quiet"
            aria-label={settingsText.title}
            title={settingsText.title}
            data-testid="open-settings"
            onClick={() => setSheet("settings")}
          >
            <Icon name="sliders" />
          </button>
        </span>
      </header>
      <main className={fresh ? "main fresh" : "main"}>
        <div className="side">
          {fresh ? <Welcome onStart={() => void call.start()} /> : <Stage call={call} state={state} tracks={tracks} />}
          <Notice call={call} state={state} />
        </div>
        <div className="panel talk">
          {fresh ? <Examples onSay={say} /> : <Conversation state={state} />}
          <Composer onSend={say} />
        </div>
      </main>
      <Announcer state={state} />
      <SettingsDialog
        store={settings}
        microphone={tracks.microphone}
        open={sheet === "settings"}
        onClose={closeSheet}
      />
      <Sheet
        title={latencyText.title}
        close={settingsText.close}
        open={sheet === "latency"}
        testId="latency-sheet"
        onClose={closeSheet}
      >
        <LatencyPanel history={history} />
      </Sheet>
    </div>
  );
}
