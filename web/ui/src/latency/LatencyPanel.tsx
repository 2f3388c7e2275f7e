/** Where the time went: the last turn stage by stage, the history of all, and a file to take away. */

import { useSyncExternalStore, type ReactElement } from "react";

import { seconds } from "../call/latency";
import { latencyText as text } from "../text";
import { csvName, turnsCsv } from "./csv";
import { download } from "./download";
import { History } from "./History";
import { isTyped, type MeasuredTurn, type TurnHistory } from "./turns";
import { Waterfall } from "./Waterfall";

export function LatencyPanel({ history }: { history: TurnHistory }): ReactElement {
  const turns = useSyncExternalStore(history.subscribe, history.getTurns);
  const last = turns.at(-1);
  if (!last) {
    return (
      <div className="latency-panel" data-testid="latency-panel">
        <p className="fine">{text.none}</p>
      </div>
    );
  }
  const save = (): void => download(turnsCsv(turns), csvName(new Date()), "text/csv;charset=utf-8");
  return (
    <div className="latency-panel" data-testid="latency-panel">
      <section>
        <h3>{text.last}</h3>
        <p className="fine">
          {text.lastOf(last.call, last.turn)}. {isTyped(last.marks) ? text.explainTyped : text.explain}
        </p>
        <Waterfall marks={last.marks} heard={last.heard} />
        <p className="fine">
          {!isTyped(last.marks) && text.clocksApart} {text.notZero}
        </p>
      </section>
      <section>
        <h3>{text.history}</h3>
        <History turns={turns} />
        <details className="every">
          <summary>{text.table}</summary>
          <div className="every-scroller" role="region" aria-label={text.table} tabIndex={0}>
            <Table turns={turns} />
          </div>
        </details>
      </section>
      <div className="latency-export">
        <button type="button" className="button small" data-testid="latency-csv" onClick={save}>
          {text.export}
        </button>
        <span className="fine">{text.exportHint}</span>
      </div>
    </div>
  );
}

function Table({ turns }: { turns: readonly MeasuredTurn[] }): ReactElement {
  const figure = (ms: number | null): string => (ms === null ? text.unknown : seconds(ms));
  return (
    <table className="figures">
      <thead>
        <tr>
          <th scope="col">{text.call}</th>
          <th scope="col">{text.turn}</th>
          <th scope="col">{text.kind}</th>
          <th scope="col">{text.clocks.server}</th>
          <th scope="col">{text.clocks.heard}</th>
        </tr>
      </thead>
      <tbody>
        {turns.map((each) => {
          const typed = isTyped(each.marks);
          return (
            <tr key={`${each.call}.${each.turn}`} data-testid="latency-turn">
              <td>{each.call}</td>
              <td>{each.turn}</td>
              <td>{typed ? text.typed : text.spoken}</td>
              <td>{figure(each.marks.audio_out)}</td>
              <td>{typed ? "–" : figure(each.heard)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
