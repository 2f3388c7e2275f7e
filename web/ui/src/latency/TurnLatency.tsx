/** Under an answer: how long it took, and on demand where the time went. */

import { useState, type ReactElement } from "react";

import { seconds, voiceToVoice, type Marks } from "../call/latency";
import { Icon } from "../components/icons";
import { latencyText as text } from "../text";
import { turnStages } from "./bars";
import { isTyped } from "./turns";
import { Waterfall } from "./Waterfall";

interface TurnLatencyProps {
  turn: number;
  marks: Marks;
  /** What this browser measured itself, in ms. */
  heard: number | null;
}

export function TurnLatency({ turn, marks, heard }: TurnLatencyProps): ReactElement {
  const [open, setOpen] = useState(false);
  const total = voiceToVoice(marks);
  return (
    <details
      className="latency"
      data-testid="latency"
      data-turn={turn}
      data-voice-to-voice={total ?? "unknown"}
      data-heard={heard ?? "unknown"}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <Icon name="clock" />
        {total === null ? text.unknownAnswer : text.answered(seconds(total))}
        <span className="latency-bar" aria-hidden="true">
          {turnStages(marks).map(({ mark, added, mixed }) =>
            added ? <i key={mark} data-mark={mark} data-mixed={mixed} style={{ flexGrow: added }} /> : null,
          )}
        </span>
      </summary>
      {open && <Waterfall marks={marks} heard={heard} />}
      <p className="fine">
        {isTyped(marks) ? text.explainTyped : text.explain} {heard !== null && text.heard(seconds(heard))}
      </p>
    </details>
  );
}
