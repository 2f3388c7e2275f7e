/** What was deleted, when and by whom: ids and numbers, no words. */

import { mapOf, number, oneOf, shape, text } from "./reading";

export interface Receipt {
  id: string;
  tenant: string;
  kind: "conversation" | "user";
  subject_id: string;
  deleted_at: string;
  deleted_by: string;
  counts: Readonly<Record<string, number>>;
}

export const readReceipt = shape<Receipt>({
  id: text,
  tenant: text,
  kind: oneOf(["conversation", "user"]),
  subject_id: text,
  deleted_at: text,
  deleted_by: text,
  counts: mapOf(number),
});

export function asJson(receipt: Receipt): string {
  return `${JSON.stringify(receipt, null, 2)}\n`;
}

export function fileName(receipt: Receipt): string {
  return `deletion-${receipt.kind}-${receipt.subject_id}.json`;
}
