/** The agent's state at a glance: each has its own shape and motion, and never colour alone. */

import type { ReactElement } from "react";

import type { VisibleState } from "../call/state";
import { Icon, type IconName } from "./icons";
import { Meter } from "./Meter";

const symbols: Record<VisibleState, IconName> = {
  idle: "mic",
  connecting: "turn",
  listening: "ear",
  hearing: "mic",
  thinking: "dots",
  speaking: "wave",
  reconnecting: "turn",
  ended: "check",
  error: "alert",
};

interface OrbProps {
  state: VisibleState;
  track: MediaStreamTrack | null;
}

export function Orb({ state, track }: OrbProps): ReactElement {
  return (
    <Meter className={`orb orb-${state}`} track={track}>
      <span className="orb-halo" />
      <span className="orb-ring" />
      <span className="orb-core">
        <Icon name={symbols[state]} />
      </span>
    </Meter>
  );
}
