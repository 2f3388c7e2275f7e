/** The call over the whole screen: a native modal dialog, so that it works in front of any page and in a shadow root. */

import { useLayoutEffect, useRef, type ReactElement, type ReactNode } from "react";

import { brand, overlay } from "../text";
import type { VoiceAgent } from "../useVoiceAgent";
import { useVoiceKeys } from "../useVoiceKeys";
import { Announcer } from "./Announcer";
import { CallControls } from "./CallControls";
import { Composer } from "./Composer";
import { Conversation } from "./Conversation";
import { Examples } from "./Examples";
import { Icon } from "./icons";
import { Notice } from "./Notice";
import { Stage } from "./Stage";

interface VoiceOverlayProps {
  agent: VoiceAgent;
  open: boolean;
  /** The overlay goes; a call goes on. */
  onClose: () => void;
  /** Another dialog is in front of it, and has the keys. */
  covered?: boolean;
  /** More buttons for its header. */
  actions?: ReactNode;
}

export function VoiceOverlay({ agent, open, onClose, covered = false, actions }: VoiceOverlayProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element || !open) return;
    element.showModal();
    element.focus();
    return () => {
      element.close();
      element.blur(); // hidden, it would keep the focus for a moment, which the page's button waits for
    };
  }, [open]);
  useLayoutEffect(() => {
    // A button that goes takes the focus with it: back to the dialog, not out of it.
    const element = dialog.current;
    if (!element || !open || covered) return;
    const { activeElement } = element.getRootNode() as Document | ShadowRoot;
    if (!element.contains(activeElement)) element.focus();
  }, [open, covered, agent.active, agent.state.mic]);
  useVoiceKeys(agent, { off: !open || covered, start: agent.start, leave: onClose });
  return (
    <dialog
      ref={dialog}
      className="voice-overlay"
      data-state={agent.visible}
      data-testid="overlay"
      aria-label={overlay.title}
      tabIndex={-1}
      onClose={(event) => {
        if (event.target === dialog.current && open) onClose();
      }}
    >
      {open && (
        <div className="overlay">
          <header className="top">
            <span className="brand">
              <span className="brand-mark">
                <Icon name="wave" />
              </span>
              {brand}
            </span>
            <span className="overlay-actions">
              {actions}
              <button
                type="button"
                className="button round quiet"
                data-testid="close-overlay"
                aria-label={agent.active ? overlay.minimise : overlay.close}
                title={agent.active ? overlay.minimise : overlay.close}
                onClick={onClose}
              >
                <Icon name={agent.active ? "minimise" : "cross"} />
              </button>
            </span>
          </header>
          <div className="overlay-side">
            <Stage agent={agent} />
            <Notice agent={agent} />
          </div>
          <div className="panel talk">
            <Words agent={agent} />
            <Composer agent={agent} />
          </div>
          <div className="overlay-bottom">
            <CallControls agent={agent} />
            <p className="fine keys">{keys(agent)}</p>
          </div>
          <Announcer agent={agent} />
        </div>
      )}
    </dialog>
  );
}

function Words({ agent }: { agent: VoiceAgent }): ReactElement {
  const empty = agent.state.transcript.messages.length === 0;
  return empty && !agent.active ? <Examples onSay={agent.say} /> : <Conversation state={agent.state} />;
}

function keys({ active, pushToTalk }: VoiceAgent): string {
  if (!active) return overlay.idleKeys;
  return pushToTalk ? overlay.pushKeys : overlay.keys;
}
