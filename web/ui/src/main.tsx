import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { Call } from "./call/Call";
import { TurnHistory } from "./latency/turns";
import { applySettings } from "./settings/controls";
import { SettingsStore } from "./settings/settings";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/latency.css";
import "./styles/settings.css";
import "./styles/stage.css";
import "./styles/voice.css";
import "./styles/talk.css";

const root = document.getElementById("root");
if (root) {
  const call = new Call();
  const settings = new SettingsStore();
  const history = new TurnHistory();
  applySettings(settings, call);
  history.follow(call);
  createRoot(root).render(
    <StrictMode>
      <App call={call} settings={settings} history={history} />
    </StrictMode>,
  );
}
