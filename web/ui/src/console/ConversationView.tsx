/** One conversation: who, when, what was said and done, and how long it was waited for. */

import { useState, type ReactElement } from "react";

import { humanise } from "../call/tools";
import { StatusBadge } from "./ConversationList";
import { readConversation, type Conversation } from "./conversations";
import { DeleteButton } from "./DeleteButton";
import { ofConversation } from "./deletion";
import { Facts } from "./Facts";
import { moment, span } from "./figures";
import { DEFAULT_TENANT, tenantIn } from "./filters";
import { GoalRow, TaskRow } from "./GoalRows";
import { Head, RefreshButton } from "./Head";
import { ConsoleIcon } from "./icons";
import { listLink, PersonLink } from "./links";
import { ReceiptShown } from "./ReceiptShown";
import type { Receipt } from "./receipts";
import { Shown } from "./Shown";
import { consoleText } from "../text";
import { TimelineShown } from "./TimelineShown";
import { Transcript } from "./Transcript";
import { useAnswer } from "./useAnswer";

const text = consoleText.conversation;

export function ConversationView({ id, query }: { id: string; query: URLSearchParams }): ReactElement {
  const tenant = tenantIn(query);
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  return (
    <section className="view">
      <a className="back" href={listLink("conversations", {}, tenant)}>
        <ConsoleIcon name="back" />
        {text.back}
      </a>
      {receipt ? <ReceiptShown receipt={receipt} /> : <Kept id={id} tenant={tenant} onDeleted={setReceipt} />}
    </section>
  );
}

function Kept(props: { id: string; tenant: string; onDeleted: (receipt: Receipt) => void }): ReactElement {
  const { id, tenant, onDeleted } = props;
  const path = `conversations/${encodeURIComponent(id)}?${new URLSearchParams({ tenant }).toString()}`;
  const answer = useAnswer(path, readConversation);
  return (
    <Shown answer={answer}>
      {(conversation) => (
        <>
          <Head title={moment(conversation.started_at)}>
            <StatusBadge item={conversation} />
            <RefreshButton onPress={answer.again} busy={answer.busy} />
            <DeleteButton deletion={ofConversation(conversation)} path={path} label={text.delete} onDeleted={onDeleted} />
          </Head>
          <div className="panel padded">
            <Facts facts={factsOf(conversation)} />
          </div>
          <div className="beside">
            <section className="panel padded" aria-labelledby="transcript-title">
              <h2 id="transcript-title">{text.transcript}</h2>
              <Transcript conversation={conversation} />
            </section>
            <section className="panel padded" aria-labelledby="timeline-title">
              <h2 id="timeline-title">{text.timeline}</h2>
              <TimelineShown conversation={conversation} />
            </section>
          </div>
          {conversation.goals.length + conversation.tasks.length > 0 && (
            <section className="made" aria-labelledby="made-title">
              <h2 id="made-title">{text.made}</h2>
              <ul className="panel rows">
                {conversation.goals.map((goal) => (
                  <GoalRow key={goal.id} goal={goal} among="conversation" />
                ))}
                {conversation.tasks.map((task) => (
                  <TaskRow key={task.id} task={task} among="conversation" />
                ))}
              </ul>
            </section>
          )}
        </>
      )}
    </Shown>
  );
}

function factsOf(conversation: Conversation): [string, ReactElement | string | null][] {
  const { user_id, user_name, tenant, agent, duration_seconds, extracted_intent, id } = conversation;
  return [
    [text.caller, <PersonLink key="caller" id={user_id} tenant={tenant} name={user_name} />],
    [text.lasted, duration_seconds === null ? null : span(duration_seconds)],
    [text.agent, agent],
    [text.intent, extracted_intent && humanise(extracted_intent.toLowerCase())],
    [consoleText.receipt.tenant, tenant === DEFAULT_TENANT ? null : tenant],
    [text.id, <span key="id" className="code">{id}</span>],
  ];
}
