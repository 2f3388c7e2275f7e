/** Voice to voice of every spoken turn by both clocks, with the middle and the slow end of each. */

import type { ReactElement } from "react";

import { seconds } from "../call/latency";
import { latencyText as text } from "../text";
import { CLOCKS, plot, type Clock, type Point, type Series } from "./points";
import type { MeasuredTurn } from "./turns";
import { useWidth } from "./useWidth";

const HEIGHT = 190;
const LEFT = 50;
const RIGHT = 34;
const TOP = 10;
const BOTTOM = 176;
const DOT = 3.6;

export function History({ turns }: { turns: readonly MeasuredTurn[] }): ReactElement {
  const [box, width] = useWidth<HTMLDivElement>();
  const right = width - RIGHT;
  const made = plot(turns, { left: LEFT, right, top: TOP, bottom: BOTTOM });
  return (
    <div ref={box} className="history" data-testid="latency-history">
      {made === null ? (
        <p className="fine">{text.historyNone}</p>
      ) : (
        <>
          <svg
            className="chart"
            role="img"
            aria-label={text.historyPlot(made.series.map(sentence).join(" "))}
            viewBox={`0 0 ${width} ${HEIGHT}`}
            height={HEIGHT}
          >
            {made.y.ticks.map((tick) => (
              <g key={tick}>
                <line className="chart-grid" x1={LEFT} x2={right} y1={made.y.place(tick)} y2={made.y.place(tick)} />
                <text className="chart-axis" x={LEFT - 8} y={made.y.place(tick) + 4} textAnchor="end">
                  {seconds(tick)}
                </text>
              </g>
            ))}
            {made.breaks.map((x) => (
              <line key={x} className="chart-break" x1={x} x2={x} y1={TOP} y2={BOTTOM} />
            ))}
            {made.lines.map(({ clock, name, y, labelY }) => (
              <g key={clock + name} data-clock={clock}>
                <line className="chart-percentile" data-name={name} x1={LEFT} x2={right} y1={y} y2={y} />
                <text className="chart-axis chart-name" x={right + 6} y={labelY + 4}>
                  {name}
                </text>
              </g>
            ))}
            {made.series.map(({ clock, runs }) => (
              <g key={clock} data-clock={clock}>
                {runs.map((run, index) => (
                  <polyline key={index} className="chart-line" points={run.map(({ x, y }) => `${x},${y}`).join(" ")} />
                ))}
                {runs.flat().map((each) => (
                  <Dot key={`${each.turn.call}.${each.turn.turn}`} clock={clock} point={each} />
                ))}
              </g>
            ))}
          </svg>
          <Summary series={made.series} />
        </>
      )}
    </div>
  );
}

/** The two clocks differ in shape too, not by colour alone. */
function Dot({ clock, point: { x, y, turn, ms } }: { clock: Clock; point: Point }): ReactElement {
  const title = <title>{text.point(text.clocks[clock], turn.call, turn.turn, seconds(ms))}</title>;
  if (clock === "server") {
    return (
      <circle className="chart-dot" cx={x} cy={y} r={DOT}>
        {title}
      </circle>
    );
  }
  return (
    <path className="chart-dot" d={`M${x} ${y - DOT - 1}l${DOT + 1} ${DOT + 1}l${-DOT - 1} ${DOT + 1}l${-DOT - 1} ${-DOT - 1}z`}>
      {title}
    </path>
  );
}

function Summary({ series }: { series: readonly Series[] }): ReactElement {
  return (
    <table className="figures">
      <thead>
        <tr>
          <td />
          <th scope="col">{text.count}</th>
          <th scope="col">{text.p50}</th>
          <th scope="col">{text.p95}</th>
        </tr>
      </thead>
      <tbody>
        {CLOCKS.map((clock) => {
          const figures = series.find((each) => each.clock === clock)?.figures ?? null;
          return (
            <tr key={clock} data-clock={clock} data-testid={`latency-figures-${clock}`}>
              <th scope="row">
                <Key clock={clock} />
                {text.clocks[clock]}
              </th>
              <td>{figures?.count ?? 0}</td>
              <td>{figures ? seconds(figures.p50) : text.unknown}</td>
              <td>{figures ? seconds(figures.p95) : text.unknown}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Key({ clock }: { clock: Clock }): ReactElement {
  return (
    <svg className="chart-key" viewBox="0 0 22 10" aria-hidden="true">
      <line className="chart-line" x1={0} x2={22} y1={5} y2={5} />
      {clock === "server" ? (
        <circle className="chart-dot" cx={11} cy={5} r={DOT} />
      ) : (
        <path className="chart-dot" d="M11 .5L15.5 5L11 9.5L6.5 5z" />
      )}
    </svg>
  );
}

function sentence({ clock, figures }: Series): string {
  const name = text.clocks[clock];
  if (!figures) return text.clockUnknown(name);
  return text.clockFigures(name, figures.count, seconds(figures.p50), seconds(figures.p95));
}
