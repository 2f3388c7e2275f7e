/** Typing, as an alternative to speaking. */

import type { ReactElement, SyntheticEvent } from "react";

import { composer } from "../text";
import type { VoiceAgent } from "../useVoiceAgent";
import { Icon } from "./icons";

/** What is half typed is the agent's to keep: the field is another one when the call's own view opens or closes. */
export function Composer({ agent }: { agent: VoiceAgent }): ReactElement {
  const text = agent.state.draft;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!text.trim()) return;
    agent.setDraft("");
    agent.say(text);
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
        onChange={(event) => agent.setDraft(event.target.value)}
      />
      <button type="submit" className="button primary round" data-testid="send" aria-label={composer.send} disabled={!text.trim()}>
        <Icon name="send" />
      </button>
    </form>
  );
}
