/** What stands in the way, and what to do about it. */

import type { ReactElement } from "react";

import { browserOf } from "../call/browsers";
import { isMicrophoneFault } from "../call/faults";
import type { VoiceAgent } from "../useVoiceAgent";
import { allowMicrophone, controls, faults, forAdministrators } from "../text";
import { Icon } from "./icons";

export function Notice({ agent }: { agent: VoiceAgent }): ReactElement | null {
  const { soundBlocked, fault, detail } = agent.state;
  if (soundBlocked) {
    return (
      <div className="notice" role="alert" data-testid="sound-blocked">
        <Icon name="sound" />
        <div className="notice-words">
          <strong>{controls.soundBlocked}</strong>
        </div>
        <button type="button" className="button small" onClick={agent.letSoundOut}>
          {controls.letSoundOut}
        </button>
      </div>
    );
  }
  if (!fault) return null;
  const { title, help, admin } = faults[fault];
  return (
    <div className="notice fault" role="alert" data-testid="error" data-fault={fault}>
      <Icon name={isMicrophoneFault(fault) ? "micOff" : "alert"} />
      <div className="notice-words">
        <strong>{title}</strong>
        {detail && <span className="notice-detail">{detail}</span>}
        <span>{help}</span>
        {fault === "permission-denied" && <HowToAllow />}
        {admin && (
          <details open={fault === "ice-failed"}>
            <summary>{forAdministrators}</summary>
            <p>{admin}</p>
          </details>
        )}
      </div>
      {agent.active && (
        <button type="button" className="button small quiet" data-testid="dismiss" onClick={agent.dismissFault}>
          {controls.dismiss}
        </button>
      )}
    </div>
  );
}

function HowToAllow(): ReactElement {
  const browser = browserOf(navigator.userAgent, navigator.maxTouchPoints);
  return (
    <ol className="steps" data-browser={browser}>
      {allowMicrophone[browser].map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}
