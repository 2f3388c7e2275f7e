/** Settings and latency: two buttons for a header, and what they open. */

import type { ReactElement } from "react";

import { LatencyPanel } from "../latency/LatencyPanel";
import type { TurnHistory } from "../latency/turns";
import { SettingsDialog } from "../settings/SettingsDialog";
import type { SettingsStore } from "../settings/settings";
import { latencyText, settingsText } from "../text";
import type { VoiceAgent } from "../useVoiceAgent";
import { Icon } from "./icons";
import { Sheet } from "./Sheet";

export type Panel = "settings" | "latency";

export function PanelButtons({ onOpen }: { onOpen: (panel: Panel) => void }): ReactElement {
  return (
    <span className="top-actions">
      <button
        type="button"
        className="button round quiet"
        aria-label={latencyText.title}
        title={latencyText.title}
        data-testid="open-latency"
        onClick={() => onOpen("latency")}
      >
        <Icon name="clock" />
      </button>
      <button
        type="button"
        className="button round quiet"
        aria-label={settingsText.title}
        title={settingsText.title}
        data-testid="open-settings"
        onClick={() => onOpen("settings")}
      >
        <Icon name="sliders" />
      </button>
    </span>
  );
}

interface PanelsProps {
  agent: VoiceAgent;
  settings: SettingsStore;
  history: TurnHistory;
  open: Panel | null;
  onClose: () => void;
}

export function Panels({ agent, settings, history, open, onClose }: PanelsProps): ReactElement {
  return (
    <>
      <SettingsDialog
        store={settings}
        microphone={agent.tracks.microphone}
        open={open === "settings"}
        onClose={onClose}
      />
      <Sheet
        title={latencyText.title}
        close={settingsText.close}
        open={open === "latency"}
        testId="latency-sheet"
        onClose={onClose}
      >
        <LatencyPanel history={history} />
      </Sheet>
    </>
  );
}
