/** What a newcomer sees first. */

import type { ReactElement } from "react";

import { welcome } from "../text";
import { Icon } from "./icons";

export function Welcome({ onStart }: { onStart: () => void }): ReactElement {
  return (
    <section className="panel welcome">
      <h1>{welcome.title}</h1>
      <p className="lead">{welcome.lead}</p>
      <button type="button" className="button primary large" data-testid="start" onClick={onStart}>
        <Icon name="mic" />
        {welcome.start}
      </button>
      <p className="fine">
        {welcome.microphone} {welcome.typing}
      </p>
    </section>
  );
}
