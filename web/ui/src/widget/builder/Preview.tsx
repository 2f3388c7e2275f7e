/** The element itself, on a page in small: it calls this page's own server. */

import { createElement, useEffect, useRef, useState, type ReactElement } from "react";

import { builderText as text } from "../../text";
import type { WidgetEvents } from "../changes";
import type { Attributes } from "../snippet";

const SHOWN = 5;
const NAMES = [
  "flux-voice-open",
  "flux-voice-close",
  "flux-voice-state",
  "flux-voice-message",
  "flux-voice-tool",
] as const satisfies readonly (keyof WidgetEvents)[];

export function Preview({ attributes }: { attributes: Attributes }): ReactElement {
  const stage = useRef<HTMLDivElement>(null);
  const [told, setTold] = useState<readonly { id: number; line: string }[]>([]);
  useEffect(() => {
    const element = stage.current;
    const listener = (event: Event): void => {
      const { type, detail } = event as CustomEvent<unknown>;
      setTold((others) => [{ id: (others[0]?.id ?? 0) + 1, line: lineOf(type, detail) }, ...others].slice(0, SHOWN));
    };
    for (const name of NAMES) element?.addEventListener(name, listener);
    return () => {
      for (const name of NAMES) element?.removeEventListener(name, listener);
    };
  }, []);
  // There is no back end here that a token URL could name.
  const shown = Object.entries(attributes).filter(([name, value]) => name !== "token-url" && value.trim() !== "");
  return (
    <section className="builder-preview" aria-labelledby="preview-title">
      <h2 id="preview-title">{text.preview.title}</h2>
      <div className="panel builder-stage" ref={stage} data-testid="preview">
        <span className="builder-line wide" />
        <span className="builder-line" />
        <span className="builder-line" />
        {createElement("flux-voice", Object.fromEntries(shown))}
      </div>
      <p className="fine">{text.preview.help}</p>
      <h3>{text.preview.events}</h3>
      <ol className="builder-events" data-testid="events">
        {told.map(({ id, line }) => (
          <li key={id}>
            <code>{line}</code>
          </li>
        ))}
      </ol>
      {told.length === 0 && <p className="fine">{text.preview.noEvents}</p>}
    </section>
  );
}

function lineOf(type: string, detail: unknown): string {
  return detail === null ? type : `${type} ${JSON.stringify(detail)}`;
}
