/** Things to say, each of which can be sent with one tap. */

import type { ReactElement } from "react";

import { examples } from "../text";
import { Icon } from "./icons";

export function Examples({ onSay }: { onSay: (text: string) => void }): ReactElement {
  return (
    <div className="examples">
      <h2>{examples.title}</h2>
      <ul>
        {examples.items.map(({ about, say }) => (
          <li key={say}>
            <button type="button" className="example" data-testid="example" onClick={() => onSay(say)}>
              <span className="example-about">{about}</span>
              <span className="example-say">“{say}”</span>
              <Icon name="send" />
            </button>
          </li>
        ))}
      </ul>
      <p className="fine">{examples.hint}</p>
    </div>
  );
}
