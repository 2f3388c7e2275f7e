/** One turn's words. */

import type { ReactElement, ReactNode } from "react";

import { heardText, isFinal, wasCut, type Message } from "../call/transcript";
import { conversation } from "../text";
import { Icon } from "./icons";

export function Bubble({ message, children }: { message: Message; children?: ReactNode }): ReactElement | null {
  const final = isFinal(message);
  if (message.kind === "user") {
    return (
      <li className="bubble user" data-role="user" data-final={final}>
        <span className="speaker">
          {conversation.you}
          {message.typed && <em> · {message.lost ? conversation.lost : conversation.typed}</em>}
        </span>
        <p className="words">{message.text}</p>
      </li>
    );
  }
  const heard = heardText(message);
  if (!heard) return null;
  const cut = wasCut(message);
  return (
    <li className="bubble agent" data-role="agent" data-final={final} data-interrupted={cut}>
      <span className="speaker">{conversation.agent}</span>
      <p className="words">
        {heard}
        {cut && <span aria-hidden="true"> —</span>}
      </p>
      {cut && (
        <span className="cut">
          <Icon name="scissors" />
          {conversation.interrupted}
        </span>
      )}
      {children}
    </li>
  );
}
