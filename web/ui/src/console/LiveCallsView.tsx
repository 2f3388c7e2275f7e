/** The calls that are held now, as they go on. */

import { useEffect, useState, type ReactElement } from "react";

import { seconds } from "../call/latency";
import { Facts } from "./Facts";
import { span } from "./figures";
import { Badge, Head, RefreshButton } from "./Head";
import { conversationLink, PersonLink } from "./links";
import { gist, readLiveCalls, type LiveCall } from "./liveCalls";
import { Empty, Shown } from "./Shown";
import { consoleText } from "../text";
import { useFreshAnswer } from "./useAnswer";

const { live } = consoleText;

export function LiveCallsView(): ReactElement {
  const answer = useFreshAnswer("calls", readLiveCalls, gist);
  const now = useClock(answer.at !== null);
  return (
    <section className="view">
      <Head title={consoleText.views.live.title}>
        {answer.at !== null && (
          <span className="fine number" data-testid="as-of">
            {live.asOf(new Date(answer.at).toLocaleTimeString())}
          </span>
        )}
        <RefreshButton onPress={answer.again} busy={answer.busy} />
      </Head>
      <Shown answer={answer}>
        {({ calls }) =>
          calls.length === 0 ? (
            <Empty title={live.empty} hint={live.emptyHint} />
          ) : (
            <ul className="cards" data-testid="live-calls" aria-label={live.held(calls.length)}>
              {calls.map((call) => (
                <Call key={call.conversation_id} call={call} later={answer.at === null ? 0 : Math.max(0, now - answer.at)} />
              ))}
            </ul>
          )
        }
      </Shown>
    </section>
  );
}

function Call({ call, later }: { call: LiveCall; later: number }): ReactElement {
  const connecting = call.state === "connecting";
  return (
    <li className="panel card" data-testid="live-call" data-conversation={call.conversation_id}>
      <div className="card-head">
        <Badge tone={connecting ? "warn" : call.activity === "waiting" ? "plain" : "busy"}>
          {connecting ? live.connecting : live.activities[call.activity]}
        </Badge>
        <span className="card-span number" data-testid="live-span">
          {span(call.seconds + later / 1000)}
        </span>
      </div>
      {call.problem && <p className="wrong">{call.problem}</p>}
      <Facts
        facts={[
          [live.caller, <PersonLink key="caller" id={call.user_id} tenant={call.tenant} name={null} />],
          [live.turns, String(call.turns)],
          [live.lastAnswer, call.last_turn_ms === null ? null : seconds(call.last_turn_ms)],
          [live.link, live.links[call.link]],
          [live.engines, ["stt", "llm", "tts"].flatMap((part) => call.engines[part] ?? []).join(", ")],
          [live.tenant, call.tenant],
        ]}
      />
      <a className="button small" href={conversationLink(call.conversation_id, call.tenant)}>
        {live.open}
      </a>
    </li>
  );
}

/** The time, each second while it matters. */
function useClock(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
