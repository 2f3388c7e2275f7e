/** Asks for the admin key; nothing else of the console is shown until it is good. */

import { useState, type ReactElement } from "react";

import { Icon } from "../components/icons";
import type { ConsoleFault } from "./faults";
import { FaultNotice } from "./Shown";
import { consoleText } from "../text";
import { asFault } from "./useAnswer";
import { useSession, useVisit } from "./useSession";

const { signIn } = consoleText;

export function SignIn(): ReactElement {
  const session = useSession();
  const { gate } = useVisit();
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<ConsoleFault | null>(null);
  const refused = gate === "refused" && !busy;

  async function knock(): Promise<void> {
    setBusy(true);
    setFault(null);
    try {
      await session.signIn(key.trim(), "");
    } catch (error) {
      setFault(asFault(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      className="panel gate"
      data-testid="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() && !busy) void knock();
      }}
    >
      <span className="gate-mark">
        <Icon name="lock" />
      </span>
      <h1>{signIn.title}</h1>
      <p className="gate-lead">
        {signIn.lead} <span className="code">{signIn.command}</span>
      </p>
      <label htmlFor="admin-key">{signIn.label}</label>
      <input
        id="admin-key"
        className="field"
        data-testid="admin-key"
        type="password"
        autoComplete="off"
        spellCheck={false}
        autoFocus
        value={key}
        aria-invalid={refused}
        aria-describedby="admin-key-said"
        onChange={(event) => setKey(event.target.value)}
      />
      <p id="admin-key-said" className={refused ? "wrong" : "fine"} role={refused ? "alert" : undefined}>
        {refused ? signIn.refused : signIn.kept}
      </p>
      {fault && <FaultNotice fault={fault} onRetry={null} />}
      <button type="submit" className="button primary" disabled={busy || !key.trim()}>
        {busy ? signIn.checking : signIn.submit}
      </button>
    </form>
  );
}
