import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Console } from "./Console";
import "../styles/base.css";
import "../styles/layout.css";
import "../styles/console.css";
import "../styles/console-records.css";
import "../styles/console-conversation.css";
import "../styles/console-machine.css";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  );
}
