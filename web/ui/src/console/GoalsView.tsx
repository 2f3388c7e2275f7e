/** What callers asked to be kept: goals, or tasks. */

import type { ReactElement } from "react";

import { asked, pageIn, readFilters, tenantIn } from "./filters";
import { GoalRow, TaskRow } from "./GoalRows";
import { Head } from "./Head";
import { readGoal, readTask, STATUSES, type Goal, type Task } from "./keeping";
import { listLink } from "./links";
import { Pager } from "./Pager";
import { pageOf, type ItemPage } from "./pages";
import type { Reader } from "./reading";
import { SearchForm } from "./SearchForm";
import { Empty, Shown } from "./Shown";
import { consoleText } from "../text";
import { useAnswer } from "./useAnswer";

const text = consoleText.goals;
const readGoals = pageOf(readGoal);
const readTasks = pageOf(readTask);
const goalRow = (goal: Goal): ReactElement => <GoalRow key={goal.id} goal={goal} among="all" />;
const taskRow = (task: Task): ReactElement => <TaskRow key={task.id} task={task} among="all" />;

export function GoalsView({ query }: { query: URLSearchParams }): ReactElement {
  const filters = readFilters(query, STATUSES);
  const tenant = tenantIn(query);
  const { kind, ...sought } = filters;
  const ofKind = (tasks: boolean): string => listLink("goals", { ...sought, ...(tasks ? { kind: "tasks" } : {}) }, tenant);
  return (
    <section className="view">
      <Head title={consoleText.views.goals.title}>
        <nav className="kinds" aria-label={text.kind}>
          <a href={ofKind(false)} aria-current={kind ? undefined : "page"} data-testid="kind-goals">
            {text.kinds.goals}
          </a>
          <a href={ofKind(true)} aria-current={kind ? "page" : undefined} data-testid="kind-tasks">
            {text.kinds.tasks}
          </a>
        </nav>
      </Head>
      <SearchForm
        key={query.toString()}
        view="goals"
        label={text.search}
        filters={filters}
        tenant={tenant}
        statuses={text.statuses}
        days={false}
      />
      {kind ? (
        <Kept key="tasks" kind="tasks" query={query} read={readTasks} row={taskRow} empty={text.emptyTasks} />
      ) : (
        <Kept key="goals" kind="goals" query={query} read={readGoals} row={goalRow} empty={text.emptyGoals} />
      )}
    </section>
  );
}

interface KeptProps<T> {
  query: URLSearchParams;
  kind: "goals" | "tasks";
  read: Reader<ItemPage<T>>;
  row: (item: T) => ReactElement;
  empty: string;
}

function Kept<T>({ query, kind, read, row, empty }: KeptProps<T>): ReactElement {
  const filters = readFilters(query, STATUSES);
  const [tenant, page] = [tenantIn(query), pageIn(query)];
  const answer = useAnswer(`${kind}?${asked(filters, tenant, page)}`, read);
  const filtered = Object.keys(filters).some((name) => name !== "kind");
  return (
    <Shown answer={answer}>
      {(shown) => (
        <>
          {shown.items.length > 0 ? (
            <ul className="panel rows">{shown.items.map(row)}</ul>
          ) : (
            <Nothing filtered={filtered} title={empty} />
          )}
          <Pager shown={shown} page={page} linkTo={(to) => listLink("goals", filters, tenant, to)} />
        </>
      )}
    </Shown>
  );
}

function Nothing({ filtered, title }: { filtered: boolean; title: string }): ReactElement {
  const { nothingFound, nothingFoundHint } = consoleText.conversations;
  return <Empty title={filtered ? nothingFound : title} hint={filtered ? nothingFoundHint : text.emptyHint} />;
}
