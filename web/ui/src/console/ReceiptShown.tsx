/** The receipt of a deletion: to be read, copied and kept. */

import { useEffect, useRef, useState, type ReactElement } from "react";

import { kinds } from "./deletion";
import { Facts } from "./Facts";
import { moment } from "./figures";
import { DEFAULT_TENANT } from "./filters";
import { ConsoleIcon } from "./icons";
import { asJson, fileName, type Receipt } from "./receipts";
import { consoleText } from "../text";

const text = consoleText.receipt;

/** Right after the deletion: in place of what was deleted. */
export function ReceiptShown({ receipt }: { receipt: Receipt }): ReactElement {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  return (
    <div className="panel padded receipt" data-testid="receipt" data-subject={receipt.subject_id}>
      <h1 ref={head} tabIndex={-1}>
        {text.title}
      </h1>
      <p className="fine">{text.lead}</p>
      <ReceiptBody receipt={receipt} />
    </div>
  );
}

export function ReceiptBody({ receipt }: { receipt: Receipt }): ReactElement {
  const deleted = kinds(receipt.counts);
  return (
    <>
      <Facts
        facts={[
          [text.kind, consoleText.deletions.kinds[receipt.kind]],
          [text.subject, <span key="subject" className="code">{receipt.subject_id}</span>],
          [text.tenant, receipt.tenant === DEFAULT_TENANT ? null : receipt.tenant],
          [text.at, moment(receipt.deleted_at)],
          [text.by, <span key="by" className="code">{receipt.deleted_by}</span>],
          [text.id, <span key="id" className="code">{receipt.id}</span>],
        ]}
      />
      <h2>{text.counts}</h2>
      {deleted.length > 0 ? (
        <Facts facts={deleted.map(({ name, count }) => [name, <span key={name} className="number">{count}</span>])} />
      ) : (
        <p className="fine">{text.nothing}</p>
      )}
      <Keeping receipt={receipt} />
    </>
  );
}

function Keeping({ receipt }: { receipt: Receipt }): ReactElement {
  const [copied, setCopied] = useState<boolean | null>(null);
  const json = asJson(receipt);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(json);
      setCopied(true);
    } catch {
      setCopied(false); // not allowed, or a page without HTTPS
    }
  }

  return (
    <>
      <div className="receipt-buttons">
        <button type="button" className="button small" data-testid="copy" onClick={() => void copy()}>
          <ConsoleIcon name="copy" />
          {copied ? text.copied : text.copy}
        </button>
        <button type="button" className="button small" data-testid="download" onClick={() => download(receipt)}>
          <ConsoleIcon name="download" />
          {text.download}
        </button>
      </div>
      <p className="unseen" role="status">
        {copied === true && text.copied}
      </p>
      {copied === false && (
        <>
          <p className="fine" role="status">
            {text.notCopied}
          </p>
          <pre className="code" tabIndex={0}>
            {json}
          </pre>
        </>
      )}
    </>
  );
}

function download(receipt: Receipt): void {
  const url = URL.createObjectURL(new Blob([asJson(receipt)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName(receipt);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url)); // once the browser has taken it
}
