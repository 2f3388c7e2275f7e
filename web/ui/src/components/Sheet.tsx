/** A native dialog with a title and a way out; it works in a shadow root, since nothing is looked up by id. */

import { useEffect, useRef, type ReactElement, type ReactNode } from "react";

import { Icon } from "./icons";

interface SheetProps {
  title: string;
  close: string;
  open: boolean;
  testId: string;
  onClose: () => void;
  children: ReactNode;
}

/** Its content is mounted only while it is open, so what the content holds is given back when it closes. */
export function Sheet({ title, close, open, testId, onClose, children }: SheetProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (open && !element?.open) element?.showModal();
    else if (!open) element?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className="sheet"
      aria-label={title}
      data-testid={testId}
      onClose={onClose}
      onClick={({ target, currentTarget }) => {
        if (target === currentTarget) onClose(); // beside it
      }}
      onKeyDown={(event) => event.stopPropagation()} // Escape and space mean something else to the page
    >
      {open && (
        <div className="sheet-body">
          <header className="sheet-head">
            <h2>{title}</h2>
            <button
              type="button"
              className="button round quiet"
              aria-label={close}
              data-testid={`${testId}-close`}
              onClick={onClose}
            >
              <Icon name="cross" />
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  );
}
