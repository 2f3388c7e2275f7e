/** How long one answer took, and where the time went. */

import type { ReactElement } from "react";

import { seconds, stages, voiceToVoice, type Marks } from "../call/latency";
import { latency } from "../text";
import { Icon } from "./icons";

interface LatencyProps {
  turn: number;
  marks: Marks;
  /** What this page measured itself, in ms. */
  heard: number | null;
}

export function Latency({ turn, marks, heard }: LatencyProps): ReactElement {
  const total = voiceToVoice(marks);
  const parts = stages(marks);
  const width = Math.max(1, ...parts.map((each) => each.at ?? 0));
  return (
    <details
      className="latency"
      data-testid="latency"
      data-turn={turn}
      data-voice-to-voice={total ?? "unknown"}
      data-heard={heard ?? "unknown"}
    >
      <summary>
        <Icon name="clock" />
        {total === null ? latency.unknownAnswer : latency.answered(seconds(total))}
        <span className="latency-bar" aria-hidden="true">
          {parts.map((each) =>
            each.added ? (
              <i key={each.mark} data-mark={each.mark} data-mixed={each.mixed} style={{ flexGrow: each.added }} />
            ) : null,
          )}
        </span>
      </summary>
      <ol className="waterfall">
        {parts.map(({ mark, at, added, mixed }) => (
          <li key={mark} data-mark={mark}>
            <span className="waterfall-name">{latency.marks[mark]}</span>
            <span className="waterfall-track" aria-hidden="true">
              {at !== null && added !== null && (
                <i
                  data-mark={mark}
                  data-mixed={mixed}
                  style={{ marginLeft: share(Math.max(0, at - added), width), width: share(added, width) }}
                />
              )}
            </span>
            <span className="waterfall-at">{at === null ? latency.unknown : seconds(at)}</span>
            {mixed && <span className="waterfall-note">{latency.mixed}</span>}
          </li>
        ))}
      </ol>
      <p className="fine">
        {latency.explain} {heard !== null && latency.heard(seconds(heard))}
      </p>
    </details>
  );
}

function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(2)}%`;
}
