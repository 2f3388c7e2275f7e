/** One page of a list, and which pages there are. */

import { list, number, shape, type Reader } from "./reading";

export const PAGE_SIZE = 25;

export interface ItemPage<T> {
  items: readonly T[];
  total: number;
  limit: number;
  offset: number;
}

export function pageOf<T>(item: Reader<T>): Reader<ItemPage<T>> {
  return shape<ItemPage<T>>({ items: list(item), total: number, limit: number, offset: number });
}

export interface Span {
  /** Counted from 1, as people do; both 0 where there is nothing. */
  first: number;
  last: number;
  previous: number | null;
  next: number | null;
}

/** What page number `page` (from 1) shows of the list, and which pages are beside it. */
export function spanOf({ items, total, offset }: ItemPage<unknown>, page: number): Span {
  const last = offset + items.length;
  return {
    first: items.length > 0 ? offset + 1 : 0,
    last: items.length > 0 ? last : 0,
    previous: page > 1 ? Math.min(page - 1, Math.max(1, Math.ceil(total / PAGE_SIZE))) : null,
    next: last < total && items.length > 0 ? page + 1 : null,
  };
}
