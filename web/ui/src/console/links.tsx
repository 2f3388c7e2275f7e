/** Ways from one record to another; each carries whose records they are. */

import type { ReactElement } from "react";

import { DEFAULT_TENANT, writeFilters, type Filters } from "./filters";
import { hashOf } from "./routes";

export function conversationLink(id: string, tenant: string): string {
  return hashOf("conversations", id, writeFilters({}, tenant));
}

export function personLink(id: string, tenant: string): string {
  return hashOf("people", id, writeFilters({}, tenant));
}

export function listLink(view: "conversations" | "goals", filters: Filters, tenant = DEFAULT_TENANT, page = 1): string {
  return hashOf(view, null, writeFilters(filters, tenant, page));
}

/** A person's name, or the beginning of their id where they have none. */
export function PersonLink({ id, tenant, name }: { id: string; tenant: string; name: string | null }): ReactElement {
  return (
    <a className="link" href={personLink(id, tenant)}>
      {name ?? <span className="code">{shortId(id)}</span>}
    </a>
  );
}

export function shortId(id: string): string {
  return id.slice(0, 8);
}
