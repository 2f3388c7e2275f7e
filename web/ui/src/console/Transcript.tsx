/** What was said, and which tools ran between. */

import type { ReactElement } from "react";

import { humanise } from "../call/tools";
import type { Conversation, Message, ToolRun } from "./conversations";
import { offset } from "./figures";
import { Badge, type Tone } from "./Head";
import { consoleText } from "../text";
import { transcriptOf } from "./timeline";

const text = consoleText.conversation;
export const toolTones: Record<ToolRun["status"], Tone> = {
  running: "warn",
  done: "good",
  rejected: "warn",
  failed: "bad",
  cancelled: "plain",
};

export function Transcript({ conversation }: { conversation: Conversation }): ReactElement {
  const happenings = transcriptOf(conversation);
  if (happenings.length === 0) return <p className="fine">{text.noTranscript}</p>;
  return (
    <ol className="transcript" data-testid="transcript">
      {happenings.map((each) => {
        if (each.kind === "said") return <Said key={each.said.message.id} message={each.said.message} at={each.at} agent={conversation.agent} />;
        return each.kind === "ran" ? <Tool key={each.ran.tool.id} tool={each.ran.tool} at={each.at} /> : null;
      })}
    </ol>
  );
}

function Said({ message, at, agent }: { message: Message; at: number; agent: string }): ReactElement {
  const notes = [
    message.input_modality === "text" && message.role === "user" ? text.typed : null,
    message.interrupted ? text.interrupted : null,
  ].filter((note) => note !== null);
  return (
    <li className="said" data-role={message.role}>
      <p className="said-head">
        <strong>{message.role === "user" ? text.you : humanise(agent)}</strong>
        <span className="number">{offset(at)}</span>
        {notes.map((note) => (
          <em key={note}>{note}</em>
        ))}
      </p>
      <p className="said-words">{message.content}</p>
    </li>
  );
}

function Tool({ tool, at }: { tool: ToolRun; at: number }): ReactElement {
  return (
    <li className="ran" data-testid="tool-run" data-tool={tool.name} data-status={tool.status}>
      <p className="said-head">
        <strong>{humanise(tool.name)}</strong>
        <span className="number">{offset(at)}</span>
        <Badge tone={toolTones[tool.status]}>{text.toolStatuses[tool.status]}</Badge>
      </p>
      {tool.result && <p className="said-words">{tool.result}</p>}
      {Object.keys(tool.arguments).length > 0 && (
        <details>
          <summary>{text.arguments}</summary>
          <pre className="code" tabIndex={0}>
            {JSON.stringify(tool.arguments, null, 2)}
          </pre>
        </details>
      )}
    </li>
  );
}
