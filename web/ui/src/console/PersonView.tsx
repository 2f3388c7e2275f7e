/** One caller: who they are, how much is kept of them, and its deletion. */

import { useState, type ReactElement } from "react";

import { DeleteButton } from "./DeleteButton";
import { kinds, ofPerson } from "./deletion";
import { Facts } from "./Facts";
import { moment } from "./figures";
import { DEFAULT_TENANT, tenantIn } from "./filters";
import { Badge, Head } from "./Head";
import { ConsoleIcon } from "./icons";
import { listLink } from "./links";
import { readPerson, type Person } from "./people";
import { ReceiptShown } from "./ReceiptShown";
import type { Receipt } from "./receipts";
import { Shown } from "./Shown";
import { consoleText } from "../text";
import { useAnswer } from "./useAnswer";

const text = consoleText.person;

export function PersonView({ id, query }: { id: string; query: URLSearchParams }): ReactElement {
  const tenant = tenantIn(query);
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  return (
    <section className="view">
      <a className="back" href={listLink("conversations", {}, tenant)}>
        <ConsoleIcon name="back" />
        {consoleText.conversation.back}
      </a>
      {receipt ? <ReceiptShown receipt={receipt} /> : <Known id={id} tenant={tenant} onDeleted={setReceipt} />}
    </section>
  );
}

function Known(props: { id: string; tenant: string; onDeleted: (receipt: Receipt) => void }): ReactElement {
  const { id, tenant, onDeleted } = props;
  const path = `users/${encodeURIComponent(id)}?${new URLSearchParams({ tenant }).toString()}`;
  const answer = useAnswer(path, readPerson);
  return (
    <Shown answer={answer}>
      {(person) => (
        <>
          <Head title={person.name ?? consoleText.views.people.title}>
            {person.live_calls > 0 && <Badge tone="busy">{text.live(person.live_calls)}</Badge>}
            <DeleteButton deletion={ofPerson(person)} path={path} label={text.delete} onDeleted={onDeleted} />
          </Head>
          <div className="panel padded" data-testid="person">
            <Facts
              facts={[
                [text.name, person.name],
                [text.phone, person.phone],
                [text.timezone, person.timezone],
                [text.known, moment(person.created_at)],
                [consoleText.receipt.tenant, tenant === DEFAULT_TENANT ? null : tenant],
                [text.id, <span key="id" className="code">{person.id}</span>],
              ]}
            />
          </div>
          <Counts person={person} />
        </>
      )}
    </Shown>
  );
}

function Counts({ person }: { person: Person }): ReactElement {
  const kept = kinds(person.counts);
  const links: Readonly<Record<string, string>> = {
    conversations: listLink("conversations", { user: person.id }, person.tenant),
    goals: listLink("goals", { user: person.id }, person.tenant),
    tasks: listLink("goals", { user: person.id, kind: "tasks" }, person.tenant),
  };
  return (
    <section className="panel padded" aria-labelledby="kept-title">
      <h2 id="kept-title">{text.kept}</h2>
      {kept.length === 0 ? (
        <p className="fine">{text.nothingKept}</p>
      ) : (
        <Facts
          facts={kept.map(({ kind, name, count }) => [
            name,
            links[kind] ? (
              <a key={kind} className="link number" href={links[kind]}>
                {count}
              </a>
            ) : (
              <span key={kind} className="number">
                {count}
              </span>
            ),
          ])}
        />
      )}
    </section>
  );
}
