/** Deletes after it was said plainly what goes and what stays. */

import { useId, useLayoutEffect, useRef, useState, type ReactElement } from "react";

import type { Deletion } from "./deletion";
import type { ConsoleFault } from "./faults";
import { ConsoleIcon } from "./icons";
import { readReceipt, type Receipt } from "./receipts";
import { FaultNotice } from "./Shown";
import { consoleText } from "../text";
import { asFault } from "./useAnswer";
import { useSession } from "./useSession";

const { deleting } = consoleText;

interface DeleteButtonProps {
  deletion: Deletion;
  path: string;
  label: string;
  onDeleted: (receipt: Receipt) => void;
}

export function DeleteButton({ deletion, path, label, onDeleted }: DeleteButtonProps): ReactElement {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" className="button small danger" data-testid="delete" onClick={() => setAsking(true)}>
        <ConsoleIcon name="deletions" />
        {label}
      </button>
      {asking && (
        <Confirmation deletion={deletion} path={path} onDeleted={onDeleted} onClosed={() => setAsking(false)} />
      )}
    </>
  );
}

interface ConfirmationProps {
  deletion: Deletion;
  path: string;
  onDeleted: (receipt: Receipt) => void;
  onClosed: () => void;
}

function Confirmation({ deletion, path, onDeleted, onClosed }: ConfirmationProps): ReactElement {
  const session = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [sure, setSure] = useState(!deletion.grave);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<ConsoleFault | null>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close(); // gives the focus back, as long as it is still in the page
  }, []);

  async function confirm(): Promise<void> {
    setBusy(true);
    setFault(null);
    try {
      onDeleted(await session.delete(path, readReceipt));
    } catch (error) {
      setFault(asFault(error));
      setBusy(false);
    }
  }

  return (
    <dialog
      ref={dialog}
      className="panel dialog"
      data-testid="confirmation"
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault(); // Esc: the dialog goes with what asked for it, and never under way
        if (!busy) onClosed();
      }}
    >
      <h2 id={title}>{deletion.title}</h2>
      <Listed title={deleting.goes} items={deletion.goes} tone="bad" />
      <Listed title={deleting.stays} items={deletion.stays} tone="plain" />
      <p className="fine">{deletion.notes.join(" ")}</p>
      {deletion.grave && (
        <label className="tick">
          <input
            type="checkbox"
            data-testid="sure"
            checked={sure}
            disabled={busy}
            onChange={(event) => setSure(event.target.checked)}
          />
          {deleting.sure}
        </label>
      )}
      {fault && <FaultNotice fault={fault} onRetry={null} />}
      <div className="dialog-buttons">
        <button type="button" className="button" autoFocus disabled={busy} data-testid="keep" onClick={onClosed}>
          {deleting.cancel}
        </button>
        <button
          type="button"
          className="button danger solid"
          disabled={busy || !sure}
          data-testid="confirm"
          onClick={() => void confirm()}
        >
          {busy ? deleting.busy : deleting.confirm}
        </button>
      </div>
    </dialog>
  );
}

function Listed(props: { title: string; items: readonly string[]; tone: "bad" | "plain" }): ReactElement {
  return (
    <div className="listed" data-tone={props.tone}>
      <h3>{props.title}</h3>
      <ul>
        {props.items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </div>
  );
}
