/** One thing the agent did: asked, running, and how it came out. */

import type { ReactElement } from "react";

import { humanise, readable, type Field, type ToolCall, type ToolStatus } from "../call/tools";
import { fieldNames, tools } from "../text";
import { Icon, type IconName } from "./icons";

const symbols: Record<ToolStatus, IconName> = {
  asked: "speech",
  running: "turn",
  done: "check",
  rejected: "question",
  failed: "alert",
  cancelled: "cross",
};

export function ToolCard({ tool }: { tool: ToolCall }): ReactElement {
  const kept = tool.record ? readable(tool.record) : [];
  const asked = readable(tool.args);
  return (
    <li className="tool" data-testid="tool-card" data-status={tool.status} data-tool={tool.name}>
      <div className="tool-head">
        <span className="tool-symbol">
          <Icon name={symbols[tool.status]} />
        </span>
        <h3>{humanise(tool.name)}</h3>
        <span className="tool-status">{tools.statuses[tool.status]}</span>
      </div>
      <Fields fields={kept.length > 0 ? kept : asked} />
      {tool.result && <p className="tool-result">{tool.result}</p>}
      {kept.length > 0 && asked.length > 0 && (
        <details>
          <summary>{tools.asked}</summary>
          <Fields fields={asked} />
        </details>
      )}
    </li>
  );
}

function Fields({ fields }: { fields: Field[] }): ReactElement | null {
  if (fields.length === 0) return null;
  return (
    <dl className="fields">
      {fields.map(({ key, value }) => (
        <div key={key} data-field={key}>
          <dt>{fieldNames[key] ?? humanise(key)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
