/** One turn, stage by stage: a picture, and the same as a table for those who do not see it. */

import type { ReactElement } from "react";

import { seconds, type Marks } from "../call/latency";
import { latencyText as text } from "../text";
import { waterfall, type Bar } from "./bars";
import { isTyped } from "./turns";
import { useWidth } from "./useWidth";

const ROW = 25;
const AXIS = 20;
const LABEL = 134;
const VALUE = 58;
const LEAST_BAR = 2;

interface WaterfallProps {
  marks: Marks;
  /** What this browser measured itself, in ms. */
  heard: number | null;
}

export function Waterfall({ marks, heard }: WaterfallProps): ReactElement {
  const [box, width] = useWidth<HTMLDivElement>();
  const right = width - VALUE;
  const { bars, scale } = waterfall(marks, heard, LABEL, right);
  const spoken = !isTyped(marks);
  const height = ROW * (bars.length + (spoken ? 1 : 0));
  const lines = [
    ...bars.map((bar) => text.stageAt(text.marks[bar.mark], said(bar))),
    ...(spoken ? [text.stageAt(text.clocks.heard, heard === null ? text.unknown : seconds(heard))] : []),
  ];
  return (
    <div className="waterfall" ref={box} data-testid="waterfall">
      <svg
        className="chart"
        role="img"
        aria-label={text.waterfall(lines.join("; "))}
        viewBox={`0 0 ${width} ${height + AXIS}`}
        height={height + AXIS}
      >
        {scale.ticks.map((tick) => (
          <g key={tick}>
            <line className="chart-grid" x1={scale.place(tick)} x2={scale.place(tick)} y1={0} y2={height} />
            <text className="chart-axis" x={scale.place(tick)} y={height + 14} textAnchor="middle">
              {seconds(tick)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <Row key={bar.mark} bar={bar} y={ROW * (index + 0.5)} right={right} width={width} />
        ))}
        {spoken && (
          <g data-clock="heard">
            <text className="chart-label" x={0} y={ROW * (bars.length + 0.5) + 4}>
              {text.clocks.heard}
            </text>
            {heard !== null && (
              <rect
                className="chart-heard"
                x={LABEL}
                y={ROW * (bars.length + 0.5) - 5}
                width={Math.max(LEAST_BAR, scale.place(heard) - LABEL)}
                height={10}
              />
            )}
            <Value at={heard} x={width} y={ROW * (bars.length + 0.5)} />
          </g>
        )}
      </svg>
      <table className="unseen">
        <caption>{text.last}</caption>
        <thead>
          <tr>
            <th scope="col">{text.stage}</th>
            <th scope="col">{text.reached}</th>
            <th scope="col">{text.note}</th>
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.mark}>
              <th scope="row">{text.marks[bar.mark]}</th>
              <td>{said(bar)}</td>
              <td>{bar.known && bar.mixed ? text.mixed : ""}</td>
            </tr>
          ))}
          {spoken && (
            <tr>
              <th scope="row">{text.clocks.heard}</th>
              <td>{heard === null ? text.unknown : seconds(heard)}</td>
              <td />
            </tr>
          )}
        </tbody>
      </table>
      {bars.some((bar) => bar.known && bar.mixed) && (
        <p className="fine waterfall-note" aria-hidden="true">
          <svg className="chart-key" viewBox="0 0 22 10">
            <line className="chart-bar" data-mixed="true" x1={0} x2={22} y1={5} y2={5} />
          </svg>
          {text.mixed}
        </p>
      )}
    </div>
  );
}

function Row({ bar, y, right, width }: { bar: Bar; y: number; right: number; width: number }): ReactElement {
  return (
    <g data-mark={bar.mark} data-known={bar.known}>
      <text className="chart-label" x={0} y={y + 4}>
        {text.marks[bar.mark]}
      </text>
      {bar.known ? (
        <line
          className="chart-bar"
          data-mixed={bar.mixed}
          x1={Math.min(bar.from, bar.to - LEAST_BAR)}
          x2={bar.to}
          y1={y}
          y2={y}
        />
      ) : (
        <line className="chart-missing" x1={LABEL} x2={right} y1={y} y2={y} />
      )}
      {bar.known || bar.why === "unknown" ? (
        <Value at={bar.known ? bar.at : null} x={width} y={y} />
      ) : (
        <text className="chart-value unknown" x={width} y={y + 4} textAnchor="end">
          –
        </text>
      )}
    </g>
  );
}

function Value({ at, x, y }: { at: number | null; x: number; y: number }): ReactElement {
  return (
    <text className={at === null ? "chart-value unknown" : "chart-value"} x={x} y={y + 4} textAnchor="end">
      {at === null ? text.unknown : seconds(at)}
    </text>
  );
}

function said(bar: Bar): string {
  if (bar.known) return seconds(bar.at);
  return bar.why === "typed" ? text.notTyped : text.unknown;
}
