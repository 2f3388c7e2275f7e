import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { Call } from "./call/Call";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/stage.css";
import "./styles/voice.css";
import "./styles/talk.css";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App call={new Call()} />
    </StrictMode>,
  );
}
