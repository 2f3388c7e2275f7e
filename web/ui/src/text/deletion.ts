/** What the console says of deletions: before, after, and in their receipts. */

export const deletionText = {
  deletions: {
    lead: "A receipt is kept of everything that was deleted: ids and numbers, no words.",
    empty: "Nothing has been deleted",
    emptyHint: "Conversations are deleted from their own page, a caller's whole record from the caller's page.",
    kinds: { conversation: "A conversation", user: "Everything of a caller" },
  },

  deleting: {
    conversation: "Delete this conversation?",
    user: "Delete everything of this caller?",
    goes: "This is deleted, for good",
    stays: "This stays",
    ended: "A call that is still held is ended first.",
    theConversation: "the record of the conversation itself",
    waiting: "what of it still waits to be written to the database",
    late: "What comes late of it is refused.",
    theUser: "who they are: name, phone, time zone, preferences",
    everything: "their conversations with every word, figure and tool call",
    goalsAndTasks: "their goals and tasks",
    receipt: "a receipt with ids and numbers, no words",
    made: (count: number): string =>
      count === 1 ? "the goal or task that was asked for in it" : `the ${count} goals and tasks that were asked for in it`,
    backups: "backups and copies of the database, if you make any: delete there yourself",
    again: "They may call again; that begins a new record.",
    sure: "I know that this cannot be undone",
    cancel: "Keep it",
    confirm: "Delete for good",
    busy: "Deleting",
  },

  receipt: {
    title: "Deleted",
    lead: "This receipt holds no words, and is kept under Deletions.",
    id: "Receipt",
    kind: "Deleted",
    subject: "Its id",
    tenant: "Tenant",
    at: "When",
    by: "By",
    counts: "Records deleted",
    nothing: "none were left",
    copy: "Copy as JSON",
    copied: "Copied",
    notCopied: "The browser did not allow copying. The text is below: select it and copy.",
    download: "Download JSON",
  },

  /** Kinds of records, as receipts and people's counts name them. */
  records: {
    conversations: "Conversations",
    messages: "Messages",
    turns: "Turns measured",
    tool_calls: "Tool calls",
    goals: "Goals",
    tasks: "Tasks",
    task_reschedules: "Moves of tasks",
    users: "Record of the caller",
    earlier_flux: "Rows of the earlier Flux database",
    waiting: "Not yet in the database",
  } as Readonly<Record<string, string>>,
};
