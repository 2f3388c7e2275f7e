/** The head of a view: its name, and what can be done with all of it. */

import type { ReactElement, ReactNode } from "react";

import { ConsoleIcon } from "./icons";
import { consoleText } from "../text";

export function Head({ title, children }: { title: string; children?: ReactNode }): ReactElement {
  return (
    <div className="view-head">
      <h1>{title}</h1>
      <div className="view-head-side">{children}</div>
    </div>
  );
}

export function RefreshButton({ onPress, busy }: { onPress: () => void; busy: boolean }): ReactElement {
  return (
    <button type="button" className="button small" data-testid="refresh" aria-disabled={busy} onClick={onPress}>
      <ConsoleIcon name="refresh" />
      {consoleText.refresh}
    </button>
  );
}

export type Tone = "plain" | "good" | "busy" | "warn" | "bad";

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }): ReactElement {
  return (
    <span className="badge" data-tone={tone}>
      {children}
    </span>
  );
}
