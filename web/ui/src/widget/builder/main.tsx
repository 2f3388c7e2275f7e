import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Builder } from "./Builder";
import "../../styles/base.css";
import "../../styles/layout.css";
import "../../styles/builder.css";

// The very script that other sites load, from where they load it.
const script = document.createElement("script");
script.src = new URL("widget.js", document.baseURI).href;
document.head.append(script);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Builder server={new URL(".", document.baseURI).href} />
    </StrictMode>,
  );
}
