/** The live transcript: words of both sides, what was done between them, and how long it took. */

import { Fragment, useLayoutEffect, useRef, type ReactElement } from "react";

import type { CallState } from "../call/state";
import type { ToolCall } from "../call/tools";
import { TurnLatency } from "../latency/TurnLatency";
import { conversation } from "../text";
import { Bubble } from "./Bubble";
import { ToolCard } from "./ToolCard";

const NEAR_PX = 120;

export function Conversation({ state }: { state: CallState }): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && following.current) element.scrollTop = element.scrollHeight;
  }, [state]);

  const { messages } = state.transcript;
  const ids = new Set(messages.map((each) => each.id));
  const toolsAfter = (id: string | null): ToolCall[] => state.tools.filter((each) => each.after === id);
  const orphans = state.tools.filter((each) => each.after === null || !ids.has(each.after));
  return (
    <div
      className="scroller"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label={conversation.title}
      onScroll={({ currentTarget: each }) => {
        following.current = each.scrollHeight - each.scrollTop - each.clientHeight < NEAR_PX;
      }}
    >
      <ol className="transcript" data-testid="transcript">
        {orphans.map((tool) => (
          <ToolCard key={tool.id} tool={tool} />
        ))}
        {messages.map((message) => (
          <Fragment key={message.id}>
            <Bubble message={message}>
              {state.latencies
                .filter((each) => each.messageId === message.id)
                .slice(-1)
                .map((each) => (
                  <TurnLatency key={each.turn} turn={each.turn} marks={each.marks} heard={each.heard} />
                ))}
            </Bubble>
            {toolsAfter(message.id).map((tool) => (
              <ToolCard key={tool.id} tool={tool} />
            ))}
          </Fragment>
        ))}
      </ol>
      {messages.length === 0 && <p className="empty">{conversation.waiting}</p>}
    </div>
  );
}
