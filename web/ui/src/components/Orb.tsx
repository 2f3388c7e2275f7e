/** The agent's state at a glance: each has its own sign, shape and motion, and never colour alone. */

import type { ReactElement } from "react";

import type { VisibleState } from "../call/state";
import { Icon, type IconName } from "./icons";

const symbols: Record<VisibleState, IconName> = {
  idle: "mic",
  connecting: "plug",
  listening: "ear",
  hearing: "mic",
  thinking: "dots",
  speaking: "wave",
  reconnecting: "turn",
  ended: "check",
  error: "alert",
};

export function Orb({ state, deaf = false }: { state: VisibleState; deaf?: boolean }): ReactElement {
  return (
    <span className={`orb orb-${state}`} data-deaf={deaf} aria-hidden="true">
      <span className="orb-halo" />
      <span className="orb-ring" />
      <span className="orb-core">
        <Icon name={deaf ? "micOff" : symbols[state]} />
      </span>
    </span>
  );
}
