/** What stands in the shadow root: the button, and the call that it opens. */

import { useEffect, useRef, type ReactElement } from "react";

import type { Call } from "../call/Call";
import { visibleState } from "../call/state";
import { useCall, useTracks } from "../call/useCall";
import { Announcer } from "../components/Announcer";
import { Composer } from "../components/Composer";
import { Conversation } from "../components/Conversation";
import { Icon } from "../components/icons";
import { Notice } from "../components/Notice";
import { Stage } from "../components/Stage";
import { widgetText } from "../text";
import type { WidgetOptions } from "./attributes";

interface WidgetProps {
  call: Call;
  options: WidgetOptions;
  open: boolean;
  onOpen: () => void;
  onClose: () => void;
}

export function Widget({ call, options, open, onOpen, onClose }: WidgetProps): ReactElement {
  const state = useCall(call);
  return (
    <div className={`widget at-${options.position}`} data-state={visibleState(state)} lang={options.language}>
      <button type="button" className="button primary large" data-testid="voice-button" onClick={onOpen}>
        <Icon name="mic" />
        {options.label}
      </button>
      {open && <Panel call={call} onClose={onClose} />}
      <Announcer state={state} />
    </div>
  );
}

function Panel({ call, onClose }: Pick<WidgetProps, "call" | "onClose">): ReactElement {
  const state = useCall(call);
  const tracks = useTracks(call);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={widgetText.region} onClose={onClose}>
      <button type="button" className="button small" data-testid="close" onClick={() => dialog.current?.close()}>
        {widgetText.close}
      </button>
      <Stage call={call} state={state} tracks={tracks} />
      <Notice call={call} state={state} />
      <Conversation state={state} />
      <Composer onSend={(text) => void call.sendText(text)} />
    </dialog>
  );
}
