/** The server, and whose records it has. */

import { list, number, oneOf, shape, text } from "./reading";

export interface Overview {
  version: string;
  agent: string;
  started_at: string;
  live_calls: number;
  max_calls: number;
  tenants: readonly string[];
  access: "admin_key" | "loopback";
}

export const readOverview = shape<Overview>({
  version: text,
  agent: text,
  started_at: text,
  live_calls: number,
  max_calls: number,
  tenants: list(text),
  access: oneOf(["admin_key", "loopback"]),
});
