/** Typing, as an alternative to speaking. */

import { useState, type ReactElement, type SyntheticEvent } from "react";

import { composer } from "../text";
import { Icon } from "./icons";

export function Composer({ onSend }: { onSend: (text: string) => void }): ReactElement {
  const [text, setText] = useState("");
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!text.trim()) return;
    onSend(text);
    setText("");
  };
  return (
    <form className="composer" onSubmit={submit}>
      <input
        type="text"
        aria-label={composer.label}
        placeholder={composer.placeholder}
        autoComplete="off"
        enterKeyHint="send"
        maxLength={2000}
        data-testid="textbox"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button primary round" data-testid="send" aria-label={composer.send} disabled={!text.trim()}>
        <Icon name="send" />
      </button>
    </form>
  );
}
