/** What stands in a view while its answer is asked for, where it failed, and where there is nothing. */

import type { ReactElement, ReactNode } from "react";

import { Icon } from "../components/icons";
import type { ConsoleFault } from "./faults";
import { consoleText } from "../text";
import type { Answer } from "./useAnswer";

interface ShownProps<T> {
  answer: Answer<T>;
  children: (value: T) => ReactNode;
}

/** Keeps showing the last answer, dimmed while the next one is asked for. */
export function Shown<T>({ answer, children }: ShownProps<T>): ReactElement {
  const { value, fault, busy, again } = answer;
  return (
    <>
      {fault && <FaultNotice fault={fault} onRetry={again} />}
      {value === null && busy && <p className="waiting" role="status">{consoleText.loading}</p>}
      {value !== null && (
        <div className="shown" aria-busy={busy} data-busy={busy}>
          {children(value)}
        </div>
      )}
    </>
  );
}

export function FaultNotice({ fault, onRetry }: { fault: ConsoleFault; onRetry: (() => void) | null }): ReactElement {
  const { title, help } = consoleText.faults[fault.fault];
  return (
    <div className="notice fault" role="alert" data-testid="fault" data-fault={fault.fault}>
      <Icon name="alert" />
      <div className="notice-words">
        <strong>{title}</strong>
        {fault.said && <span className="notice-detail">{fault.said}</span>}
        <span>{help}</span>
      </div>
      {onRetry && (
        <button type="button" className="button small" data-testid="retry" onClick={onRetry}>
          {consoleText.retry}
        </button>
      )}
    </div>
  );
}

export function Empty({ title, hint }: { title: string; hint?: string }): ReactElement {
  return (
    <div className="empty" data-testid="empty">
      <p className="empty-title">{title}</p>
      {hint && <p className="fine">{hint}</p>}
    </div>
  );
}
