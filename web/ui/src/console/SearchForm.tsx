/** The filters of a list; what is asked for goes into the address, so that it can be kept and gone back to. */

import { useState, type ReactElement, type SubmitEvent } from "react";

import { isId, writeFilters, type Filters } from "./filters";
import { go, hashOf } from "./routes";
import { consoleText } from "../text";

const { conversations } = consoleText;

interface SearchFormProps {
  view: "conversations" | "goals";
  label: string;
  filters: Filters;
  tenant: string;
  statuses: Readonly<Record<string, string>>;
  /** Whether it can be asked by day. */
  days: boolean;
}

export function SearchForm({ view, label, filters, tenant, statuses, days }: SearchFormProps): ReactElement {
  const [wrongUser, setWrongUser] = useState(false);
  const { kind, ...sought } = filters;
  const kept: Filters = kind ? { kind } : {};

  function search(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const filled = [...form].flatMap(([name, value]) => (typeof value === "string" ? [[name, value.trim()]] : []));
    const asked = Object.fromEntries(filled) as Filters;
    const wrong = Boolean(asked.user) && !isId(asked.user ?? "");
    setWrongUser(wrong);
    if (wrong) event.currentTarget.querySelector<HTMLInputElement>("[name=user]")?.focus();
    else go(hashOf(view, null, writeFilters({ ...asked, ...kept }, tenant)));
  }

  return (
    <form className={days ? "panel filters by-day" : "panel filters"} role="search" onSubmit={search} noValidate>
      <div className="across">
        <label htmlFor="search-text">{label}</label>
        <input
          id="search-text"
          className="field"
          type="search"
          name="text"
          maxLength={200}
          autoComplete="off"
          defaultValue={filters.text}
        />
      </div>
      <div>
        <label htmlFor="search-status">{conversations.status}</label>
        <select id="search-status" className="field" name="status" defaultValue={filters.status ?? ""}>
          <option value="">{conversations.anyStatus}</option>
          {Object.entries(statuses).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {days && (
        <>
          <div>
            <label htmlFor="search-from">{conversations.from}</label>
            <input id="search-from" className="field" type="date" name="from" defaultValue={filters.from} />
          </div>
          <div>
            <label htmlFor="search-to">{conversations.to}</label>
            <input id="search-to" className="field" type="date" name="to" defaultValue={filters.to} />
          </div>
        </>
      )}
      <div className="user">
        <label htmlFor="search-user">{conversations.user}</label>
        <input
          id="search-user"
          className="field"
          name="user"
          autoComplete="off"
          spellCheck={false}
          defaultValue={filters.user}
          aria-invalid={wrongUser}
          aria-describedby={wrongUser ? "search-user-wrong" : undefined}
        />
        {wrongUser && (
          <p id="search-user-wrong" className="wrong" role="alert">
            {conversations.wrongUser}
          </p>
        )}
      </div>
      <div className="buttons">
        <button type="submit" className="button small primary" data-testid="search">
          {conversations.find}
        </button>
        {Object.keys(sought).length > 0 && (
          <a className="button small quiet" data-testid="clear" href={hashOf(view, null, writeFilters(kept, tenant))}>
            {conversations.clear}
          </a>
        )}
      </div>
    </form>
  );
}
