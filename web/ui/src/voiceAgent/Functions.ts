/** The functions that an agent asks for on one connection: run through the session, shown as cards, answered. */

import type { ToolUpdate } from "../call/tools";
import { FunctionRuns } from "./FunctionRuns";
import type { FunctionCall } from "./messages";
import type { Outcome } from "./session";

export interface FunctionParts {
  run(call: FunctionCall): Promise<Outcome>;
  respond(response: { type: "FunctionCallResponse"; id: string; name: string; content: string }): void;
  show(tool: ToolUpdate): void;
  /** Notes what came of a call, whoever ran it. */
  ran(call: FunctionCall, response: string): void;
}

export class Functions {
  private readonly runs = new FunctionRuns();
  private readonly there = new Map<string, FunctionCall>();
  private running: Promise<unknown> = Promise.resolve();

  /** `prefix` tells the cards of this connection from those of another with the same ids. */
  constructor(
    private readonly prefix: string,
    private readonly parts: FunctionParts,
  ) {}

  asked(calls: readonly FunctionCall[]): void {
    for (const call of calls) this.running = Promise.all([this.running, this.ask(call)]);
  }

  /** Resolves once nothing runs any more that was asked for. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** What is under way here is done all the same; only its answer is not wanted any more. */
  cancelled(ids: readonly string[]): void {
    for (const id of ids) this.runs.cancel(id);
  }

  /** A function that the agent's own server ran. */
  ranThere(id: string, result: string): void {
    this.parts.show({ id: this.prefix + id, status: "done", result });
    const call = this.there.get(id);
    if (call) this.parts.ran(call, result);
    this.there.delete(id);
  }

  private async ask(call: FunctionCall): Promise<void> {
    const { id, name } = call;
    const card = this.prefix + id;
    if (!call.clientSide) {
      this.there.set(id, call);
      this.parts.show({ id: card, name, args: call.args, status: "running" });
      return;
    }
    const { run, answer } = this.runs.take(id);
    if (answer !== null) this.parts.respond({ type: "FunctionCallResponse", id, name, content: answer });
    if (!run) return;
    this.parts.show({ id: card, name, args: call.args, status: "running" });
    const { status, result, record = null } = await this.parts.run(call);
    this.parts.show({ id: card, name, status, result, record });
    this.parts.ran(call, result);
    if (this.runs.finish(id, result)) this.parts.respond({ type: "FunctionCallResponse", id, name, content: result });
  }
}
