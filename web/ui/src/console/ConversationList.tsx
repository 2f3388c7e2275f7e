/** All conversations that are kept, the latest first: searched, filtered, page by page. */

import type { ReactElement } from "react";

import { humanise } from "../call/tools";
import { readConversationItem, CONVERSATION_STATUSES, type ConversationItem, type ConversationStatus } from "./conversations";
import { moment, span } from "./figures";
import { asked, pageIn, readFilters, tenantIn } from "./filters";
import { Found } from "./Found";
import { Badge, Head, RefreshButton, type Tone } from "./Head";
import { conversationLink, listLink, shortId } from "./links";
import { Pager } from "./Pager";
import { pageOf } from "./pages";
import { SearchForm } from "./SearchForm";
import { Empty, Shown } from "./Shown";
import { consoleText } from "../text";
import { useAnswer } from "./useAnswer";

const text = consoleText.conversations;
const readPage = pageOf(readConversationItem);
const tones: Record<ConversationStatus, Tone> = { active: "warn", ended: "plain", failed: "bad" };

export function ConversationList({ query }: { query: URLSearchParams }): ReactElement {
  const filters = readFilters(query, CONVERSATION_STATUSES);
  const [tenant, page] = [tenantIn(query), pageIn(query)];
  const answer = useAnswer(`conversations?${asked(filters, tenant, page)}`, readPage);
  const filtered = Object.keys(filters).length > 0;
  return (
    <section className="view">
      <Head title={consoleText.views.conversations.title}>
        <RefreshButton onPress={answer.again} busy={answer.busy} />
      </Head>
      <SearchForm
        key={query.toString()}
        view="conversations"
        label={text.search}
        filters={filters}
        tenant={tenant}
        statuses={text.statuses}
        days
      />
      <Shown answer={answer}>
        {(shown) => (
          <>
            <p className="fine" role="status" data-testid="found">
              {text.found(shown.total)}
            </p>
            {shown.items.length > 0 ? (
              <ul className="panel rows">
                {shown.items.map((item) => (
                  <li key={item.id}>
                    <Row item={item} words={filters.text ?? ""} />
                  </li>
                ))}
              </ul>
            ) : (
              <Empty
                title={filtered ? text.nothingFound : text.empty}
                hint={filtered ? text.nothingFoundHint : text.emptyHint}
              />
            )}
            <Pager shown={shown} page={page} linkTo={(to) => listLink("conversations", filters, tenant, to)} />
          </>
        )}
      </Shown>
    </section>
  );
}

function Row({ item, words }: { item: ConversationItem; words: string }): ReactElement {
  const intent = item.extracted_intent && humanise(item.extracted_intent.toLowerCase());
  return (
    <a
      className="row"
      href={conversationLink(item.id, item.tenant)}
      data-testid="conversation-row"
      data-conversation={item.id}
    >
      <span className="row-title">{item.excerpt ? <Found text={item.excerpt} words={words} /> : text.wordless}</span>
      <StatusBadge item={item} />
      <span className="row-more number">
        <span>{moment(item.started_at)}</span>
        {item.duration_seconds !== null && <span>{span(item.duration_seconds)}</span>}
        <span>{item.user_name ?? <span className="code">{shortId(item.user_id)}</span>}</span>
        <span>{text.messages(item.messages)}</span>
        {item.tool_calls > 0 && <span>{text.toolCalls(item.tool_calls)}</span>}
        {intent && <span>{intent}</span>}
      </span>
    </a>
  );
}

export function StatusBadge({ item }: { item: ConversationItem }): ReactElement {
  return item.live ? <Badge tone="busy">{text.live}</Badge> : <Badge tone={tones[item.status]}>{text.statuses[item.status]}</Badge>;
}
