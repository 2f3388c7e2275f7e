/** A person who called, and how much is kept of them. */

import { mapOf, number, optional, shape, text } from "./reading";

export interface Person {
  id: string;
  tenant: string;
  name: string | null;
  phone: string | null;
  timezone: string;
  created_at: string;
  counts: Readonly<Record<string, number>>;
  live_calls: number;
}

export const readPerson = shape<Person>({
  id: text,
  tenant: text,
  name: optional(text),
  phone: optional(text),
  timezone: text,
  created_at: text,
  counts: mapOf(number),
  live_calls: number,
});
