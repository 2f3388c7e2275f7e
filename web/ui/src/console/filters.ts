/** Filters of the lists: read from the address, written into it, and asked of the server. */

import { PAGE_SIZE } from "./pages";

/** What the address may hold, by the names that it has there. */
export const FILTERS = ["text", "status", "from", "to", "user", "kind"] as const;
export type FilterName = (typeof FILTERS)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LONGEST_TEXT = 200;

export function isId(text: string): boolean {
  return UUID.test(text);
}

/** Leaves out what is empty or nonsense, as an address typed by hand may have it. */
export function readFilters(query: URLSearchParams, statuses: readonly string[]): Filters {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = query.get(name)?.trim() ?? "";
      return value && (name === "status" ? statuses.includes(value) : sound(name, value)) ? [[name, value]] : [];
    }),
  );
}

function sound(name: Exclude<FilterName, "status">, value: string): boolean {
  switch (name) {
    case "user":
      return isId(value);
    case "from":
    case "to":
      return DATE.test(value) && !Number.isNaN(midnight(value).getTime());
    case "kind":
      return value === "tasks";
    case "text":
      return value.length <= LONGEST_TEXT;
  }
}

export function pageIn(query: URLSearchParams): number {
  const page = Number(query.get("page"));
  return Number.isInteger(page) && page > 1 && page <= 1_000_000 ? page : 1;
}

/** The address's query: other filters begin at the first page again. */
export function writeFilters(filters: Filters, tenant: string, page = 1): URLSearchParams {
  const query = new URLSearchParams();
  FILTERS.forEach((name) => {
    const value = filters[name]?.trim();
    if (value) query.set(name, value);
  });
  if (tenant !== DEFAULT_TENANT) query.set("tenant", tenant);
  if (page > 1) query.set("page", String(page));
  return query;
}

export const DEFAULT_TENANT = "default";

export function tenantIn(query: URLSearchParams): string {
  return query.get("tenant")?.trim() ?? DEFAULT_TENANT;
}

/** The server's query for one page: days are the reader's own, from midnight to midnight. */
export function asked(filters: Filters, tenant: string, page: number): string {
  const query = new URLSearchParams({ tenant, limit: String(PAGE_SIZE), offset: String((page - 1) * PAGE_SIZE) });
  if (filters.text) query.set("text", filters.text);
  if (filters.status) query.set("status", filters.status);
  if (filters.user) query.set("user_id", filters.user);
  if (filters.from) query.set("since", midnight(filters.from).toISOString());
  if (filters.to) query.set("until", midnight(filters.to, 1).toISOString());
  return query.toString();
}

function midnight(date: string, daysLater = 0): Date {
  const at = new Date(`${date}T00:00:00`);
  if (!Number.isNaN(at.getTime())) at.setDate(at.getDate() + daysLater); // not 24 h: a day may have 23 or 25
  return at;
}
