/** The page: the call on one side, the conversation on the other. */

import { useEffect, type ReactElement } from "react";

import type { Call } from "./call/Call";
import { visibleState } from "./call/state";
import { useCall, useTracks } from "./call/useCall";
import { Announcer } from "./components/Announcer";
import { Composer } from "./components/Composer";
import { Conversation } from "./components/Conversation";
import { Examples } from "./components/Examples";
import { Icon } from "./components/icons";
import { Notice } from "./components/Notice";
import { Stage } from "./components/Stage";
import { Welcome } from "./components/Welcome";
import { brand, header } from "./text";

export function App({ call }: { call: Call }): ReactElement {
  const state = useCall(call);
  const tracks = useTracks(call);
  const visible = visibleState(state);
  useEffect(() => {
    document.body.dataset.state = visible;
  }, [visible]);
  const say = (text: string): void => void call.sendText(text);
  const fresh = state.transcript.messages.length === 0 && (state.phase === "idle" || state.phase === "error");
  return (
    <div className="page" data-state={visible}>
      <header className="top">
        <span className="brand">
          <span className="brand-mark">
            <Icon name="wave" />
          </span>
          {brand}
        </span>
        <span className="privacy">
          <Icon name="lock" />
          {header.privacy}
        </span>
      </header>
      <main className={fresh ? "main fresh" : "main"}>
        <div className="side">
          {fresh ? <Welcome onStart={() => void call.start()} /> : <Stage call={call} state={state} tracks={tracks} />}
          <Notice call={call} state={state} />
        </div>
        <div className="panel talk">
          {fresh ? <Examples onSay={say} /> : <Conversation state={state} />}
          <Composer onSend={say} />
        </div>
      </main>
      <Announcer state={state} />
    </div>
  );
}
