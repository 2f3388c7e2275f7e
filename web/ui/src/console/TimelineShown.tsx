/** A conversation in time: four lanes for the eye, and the same as a list of turns and tools with their figures. */

import type { ReactElement } from "react";

import { MARKS, seconds, stages, voiceToVoice, type Marks } from "../call/latency";
import { humanise } from "../call/tools";
import { latencyText } from "../text";
import type { Conversation } from "./conversations";
import { offset, span } from "./figures";
import { consoleText } from "../text";
import { longest, share, steps, timelineOf, type Ran, type Timeline, type Wait } from "./timeline";

const text = consoleText.conversation;

export function TimelineShown({ conversation }: { conversation: Conversation }): ReactElement {
  const timeline = timelineOf(conversation);
  const listed = steps(timeline);
  const most = longest(timeline);
  return (
    <div className="timeline" data-testid="timeline">
      <Lanes timeline={timeline} agent={conversation.agent} />
      {listed.length === 0 ? (
        <p className="fine">{text.noSteps}</p>
      ) : (
        <>
          <Legend />
          <ol className="steps">
            {listed.map((each) => {
              if (each.kind === "wait") return <Turn key={each.wait.turn.id} wait={each.wait} most={most} />;
              return each.kind === "ran" ? <Tool key={each.ran.tool.id} ran={each.ran} most={most} /> : null;
            })}
          </ol>
        </>
      )}
    </div>
  );
}

function Lanes({ timeline, agent }: { timeline: Timeline; agent: string }): ReactElement {
  const { length, said, waits, ran } = timeline;
  const place = (from: number, to: number): { left: string; width: string } => ({
    left: share(from, length),
    width: share(to - from, length),
  });
  const by = (role: "user" | "assistant"): typeof said => said.filter((each) => each.message.role === role);
  const bars = (each: { from: number; to: number }, index: number): ReactElement => (
    <i key={index} style={place(each.from, each.to)} />
  );
  return (
    <figure className="lanes">
      <figcaption className="unseen">{text.lanesAbout(span(length / 1000))}</figcaption>
      <div className="lanes-grid" aria-hidden="true">
        <span>{text.lanes.caller}</span>
        <span className="lane" data-lane="caller">
          {by("user").map(bars)}
        </span>
        <span>{text.lanes.wait}</span>
        <span className="lane" data-lane="wait">
          {waits.map(bars)}
        </span>
        <span>{text.lanes.tools}</span>
        <span className="lane" data-lane="tools">
          {ran.map(bars)}
        </span>
        <span>{humanise(agent)}</span>
        <span className="lane" data-lane="agent">
          {by("assistant").map(bars)}
        </span>
        <span />
        <span className="lanes-ends number">
          <span>{offset(0)}</span>
          <span>{offset(length / 2)}</span>
          <span>{offset(length)}</span>
        </span>
      </div>
    </figure>
  );
}

function Legend(): ReactElement {
  return (
    <ul className="legend" aria-label={text.legend}>
      {MARKS.map((mark) => (
        <li key={mark} data-mark={mark}>
          <i aria-hidden="true" />
          {text.marks[mark]}
        </li>
      ))}
    </ul>
  );
}

function Turn({ wait, most }: { wait: Wait; most: number }): ReactElement {
  const { turn, marks } = wait;
  const total = voiceToVoice(marks);
  const heard = turn.client_voice_to_voice_ms;
  return (
    <li className="step" data-testid="turn" data-turn={turn.index}>
      <p className="step-head">
        <strong>{text.turn(turn.index)}</strong>
        <span className="number">{offset(wait.from)}</span>
        <span className="step-told number">
          {total === null ? latencyText.unknownAnswer : latencyText.answered(seconds(total))}
          {heard !== null && `, ${text.heard(seconds(heard))}`}
        </span>
      </p>
      {wait.text && <p className="step-words">{wait.text}</p>}
      <Bar marks={marks} most={most} />
      <details>
        <summary>{text.exact}</summary>
        <dl className="exact number">
          {stages(marks).map(({ mark, at }) => (
            <div key={mark}>
              <dt>{text.marks[mark]}</dt>
              <dd>{at === null ? latencyText.unknown : seconds(at)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

function Bar({ marks, most }: { marks: Marks; most: number }): ReactElement {
  return (
    <span className="bar" aria-hidden="true">
      {stages(marks).map(({ mark, added, mixed }) =>
        added ? <i key={mark} data-mark={mark} data-mixed={mixed} style={{ width: share(added, most) }} /> : null,
      )}
    </span>
  );
}

function Tool({ ran, most }: { ran: Ran; most: number }): ReactElement {
  const { tool, from, to } = ran;
  return (
    <li className="step" data-testid="tool-step" data-tool={tool.name}>
      <p className="step-head">
        <strong>{humanise(tool.name)}</strong>
        <span className="number">{offset(from)}</span>
        <span className="step-told number">
          {text.toolStatuses[tool.status]}
          {tool.ended_at !== null && `, ${text.took(seconds(tool.duration_ms ?? to - from))}`}
        </span>
      </p>
      <span className="bar" aria-hidden="true">
        {tool.ended_at !== null && <i data-mark="tool" style={{ width: share(to - from, most) }} />}
      </span>
    </li>
  );
}
