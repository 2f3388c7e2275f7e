/** A goal and a task as rows of a list. */

import type { ReactElement, ReactNode } from "react";

import { moment } from "./figures";
import { Badge, type Tone } from "./Head";
import type { Goal, Status, Task } from "./keeping";
import { conversationLink, personLink } from "./links";
import { consoleText } from "../text";

const text = consoleText.goals;
const tones: Record<Status, Tone> = { open: "good", done: "plain", cancelled: "plain" };

/** `conversation`: it is shown among what was asked for in one, so that need not be said. */
type Among = "all" | "conversation";

export function GoalRow({ goal, among }: { goal: Goal; among: Among }): ReactElement {
  const due = goal.timeline ?? (goal.target_date && text.by(day(goal.target_date)));
  return (
    <Row record={goal} title={goal.statement} among={among} testId="goal-row">
      {due && <span>{due}</span>}
      {goal.context && <span>{goal.context}</span>}
    </Row>
  );
}

export function TaskRow({ task, among }: { task: Task; among: Among }): ReactElement {
  const place = task.location && text.at(task.location);
  return (
    <Row record={task} title={task.title} among={among} testId="task-row">
      <span>{task.trigger_at ? moment(task.trigger_at) : (place ?? text.anyTime)}</span>
      {task.trigger_at && place && <span>{place}</span>}
      {task.recurrence && <span className="code">{task.recurrence}</span>}
      {task.reschedules.length > 0 && <span>{text.moved(task.reschedules.length)}</span>}
      {task.priority !== "normal" && <span>{text.priority[task.priority]}</span>}
      {task.notes && <span>{task.notes}</span>}
    </Row>
  );
}

interface RowProps {
  record: Goal | Task;
  title: string;
  among: Among;
  testId: string;
  children: ReactNode;
}

function Row({ record, title, among, testId, children }: RowProps): ReactElement {
  return (
    <li className="row" data-testid={testId}>
      <span className="row-title">{title}</span>
      <Badge tone={tones[record.status]}>{text.statuses[record.status]}</Badge>
      <span className="row-more number">{children}</span>
      {among === "all" && (
        <span className="row-more number">
          <span>{text.kept(moment(record.created_at))}</span>
          <a className="link" href={personLink(record.user_id, record.tenant)}>
            {text.person}
          </a>
          {record.conversation_id ? (
            <a className="link" href={conversationLink(record.conversation_id, record.tenant)}>
              {text.conversation}
            </a>
          ) : (
            record.conversation_deleted && <span>{text.conversationDeleted}</span>
          )}
        </span>
      )}
    </li>
  );
}

function day(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : date.toLocaleDateString([], { year: "numeric", month: "short", day: "numeric" });
}
