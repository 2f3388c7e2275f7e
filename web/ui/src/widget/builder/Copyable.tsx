/** A piece of code with a button that copies it. */

import { useState, type ReactElement } from "react";

import { builderText as text } from "../../text";

interface CopyableProps {
  title: string;
  help: string;
  code: string;
  name: string;
}

export function Copyable({ title, help, code, name }: CopyableProps): ReactElement {
  const [copied, setCopied] = useState<string | null>(null);
  const copy = (): void => {
    // Without HTTPS there is no clipboard: the text can still be selected.
    const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
    void clipboard?.writeText(code).then(
      () => setCopied(code),
      () => setCopied(null),
    );
  };
  return (
    <section className="builder-code" aria-labelledby={`${name}-title`}>
      <h2 id={`${name}-title`}>{title}</h2>
      <p>{help}</p>
      <div className="panel builder-copy">
        <pre tabIndex={0} aria-labelledby={`${name}-title`} role="region">
          <code data-testid={name}>{code}</code>
        </pre>
        <button type="button" className="button small" data-testid={`copy-${name}`} onClick={copy}>
          {text.copy}
          <span className="unseen"> {title}</span>
        </button>
      </div>
      <p role="status" className="fine">
        {copied === code && text.copied}
      </p>
    </section>
  );
}
