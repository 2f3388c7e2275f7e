/** What a deletion deletes and what it leaves, said before it is done. */

import type { Conversation } from "./conversations";
import type { Person } from "./people";
import { consoleText } from "../text";

const { deleting, conversations, records } = consoleText;

export interface Deletion {
  title: string;
  goes: readonly string[];
  stays: readonly string[];
  /** What else happens. */
  notes: readonly string[];
  /** Whether it takes a second word before it can be confirmed. */
  grave: boolean;
}

export function ofConversation(conversation: Conversation): Deletion {
  const { messages, turns, tool_calls, goals, tasks, live } = conversation;
  const made = goals.length + tasks.length;
  return {
    title: deleting.conversation,
    goes: [
      deleting.theConversation,
      ...(messages > 0 ? [conversations.messages(messages)] : []),
      ...(turns > 0 ? [conversations.turns(turns)] : []),
      ...(tool_calls > 0 ? [conversations.toolCalls(tool_calls)] : []),
      deleting.waiting,
    ],
    stays: [...(made > 0 ? [deleting.made(made)] : []), deleting.receipt, deleting.backups],
    notes: [...(live ? [deleting.ended] : []), deleting.late],
    grave: false,
  };
}

export function ofPerson(person: Person): Deletion {
  return {
    title: deleting.user,
    goes: [deleting.theUser, deleting.everything, deleting.goalsAndTasks, ...counted(person.counts), deleting.waiting],
    stays: [deleting.receipt, deleting.backups],
    notes: [...(person.live_calls > 0 ? [deleting.ended] : []), deleting.late, deleting.again],
    grave: true,
  };
}

function counted(counts: Readonly<Record<string, number>>): string[] {
  const told = kinds(counts).map(({ name, count }) => `${name}: ${count}`);
  return told.length > 0 ? [told.join(" · ")] : [];
}

export interface Kind {
  kind: string;
  name: string;
  count: number;
}

/** Kinds of records of which there are any, in the order in which the server tells them. */
export function kinds(counts: Readonly<Record<string, number>>): readonly Kind[] {
  return Object.entries(counts).flatMap(([kind, count]) =>
    count > 0 ? [{ kind, name: records[kind] ?? kind.replaceAll("_", " "), count }] : [],
  );
}
