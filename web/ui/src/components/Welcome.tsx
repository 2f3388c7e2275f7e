/** What a newcomer sees first: what the agent can do, and where the voice goes. */

import type { ReactElement } from "react";

import { welcome } from "../text";
import { Icon, type IconName } from "./icons";

const symbols: readonly IconName[] = ["target", "bell", "later"];

export function Welcome(): ReactElement {
  return (
    <section className="welcome">
      <h1>{welcome.title}</h1>
      <p className="lead">{welcome.lead}</p>
      <ul className="abilities">
        {welcome.abilities.map(({ title, text }, i) => (
          <li key={title}>
            <Icon name={symbols[i] ?? "check"} />
            <span>
              <strong>{title}</strong>
              {text}
            </span>
          </li>
        ))}
      </ul>
      <p className="fine privacy-line">
        <Icon name="lock" />
        {welcome.privacy}
      </p>
    </section>
  );
}
