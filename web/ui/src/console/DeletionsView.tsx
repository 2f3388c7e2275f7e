/** What was deleted so far: the receipts. */

import type { ReactElement } from "react";

import { moment } from "./figures";
import { pageIn, tenantIn, writeFilters } from "./filters";
import { Head, RefreshButton } from "./Head";
import { shortId } from "./links";
import { Pager } from "./Pager";
import { PAGE_SIZE, pageOf } from "./pages";
import { ReceiptBody } from "./ReceiptShown";
import { readReceipt } from "./receipts";
import { hashOf } from "./routes";
import { Empty, Shown } from "./Shown";
import { consoleText } from "../text";
import { useAnswer } from "./useAnswer";

const text = consoleText.deletions;
const readPage = pageOf(readReceipt);

export function DeletionsView({ query }: { query: URLSearchParams }): ReactElement {
  const [tenant, page] = [tenantIn(query), pageIn(query)];
  const asked = new URLSearchParams({ tenant, limit: String(PAGE_SIZE), offset: String((page - 1) * PAGE_SIZE) });
  const answer = useAnswer(`deletions?${asked.toString()}`, readPage);
  return (
    <section className="view">
      <Head title={consoleText.views.deletions.title}>
        <RefreshButton onPress={answer.again} busy={answer.busy} />
      </Head>
      <p className="fine">{text.lead}</p>
      <Shown answer={answer}>
        {(shown) => (
          <>
            {shown.items.length === 0 ? (
              <Empty title={text.empty} hint={text.emptyHint} />
            ) : (
              <ul className="panel rows" data-testid="receipts">
                {shown.items.map((receipt) => (
                  <li key={receipt.id}>
                    <details className="row-details" data-subject={receipt.subject_id}>
                      <summary>
                        <span className="row-title">{text.kinds[receipt.kind]}</span>{" "}
                        <span className="fine number">
                          {moment(receipt.deleted_at)} · <span className="code">{shortId(receipt.subject_id)}</span>
                        </span>
                      </summary>
                      <ReceiptBody receipt={receipt} />
                    </details>
                  </li>
                ))}
              </ul>
            )}
            <Pager
              shown={shown}
              page={page}
              linkTo={(to) => hashOf("deletions", null, writeFilters({}, tenant, to))}
            />
          </>
        )}
      </Shown>
    </section>
  );
}
