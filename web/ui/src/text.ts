/** Every text of the page, in one place: ready for translation. */

import type { Mark } from "./call/latency";
import type { EndReason } from "./call/serverMessages";
import type { CallFault, MicState, VisibleState } from "./call/state";
import type { ToolStatus } from "./call/tools";

export const brand = "Flux Voice";

export { consoleText } from "./console/text";

export const header = {
  privacy: "Runs on your own server",
};

export const welcome = {
  title: "Talk to Flux",
  lead: "A life assistant that listens, answers out loud, and keeps your goals and tasks. Just speak, the way you would to a person. You can interrupt at any time.",
  start: "Start talking",
  microphone: "Your browser will ask for the microphone first.",
  typing: "Would rather type? Write below: no microphone needed.",
};

export const examples = {
  title: "Things you can say",
  hint: "Tap one to send it as text",
  items: [
    { about: "Set a goal", say: "I want to learn guitar in three months" },
    { about: "Add a task", say: "Remind me to call mom tomorrow at noon" },
    { about: "Move a task", say: "Move calling mom to Friday at ten" },
    { about: "Find out more", say: "What can you do?" },
  ],
};

export const states: Record<VisibleState, { label: string; hint: string }> = {
  idle: { label: "Ready", hint: "" },
  connecting: { label: "Connecting", hint: "One moment" },
  listening: { label: "Listening", hint: "Go ahead, speak" },
  hearing: { label: "Hearing you", hint: "Pause when you are done" },
  thinking: { label: "Thinking", hint: "Working out an answer" },
  speaking: { label: "Speaking", hint: "Talk over it to interrupt" },
  reconnecting: { label: "Reconnecting", hint: "The connection dropped. Your conversation is kept" },
  ended: { label: "Call ended", hint: "" },
  error: { label: "Something went wrong", hint: "" },
};

export const textOnlyLabel = "Ready";
export const textOnlyHint = "Type below, or turn on the microphone";
export const mutedHint = "You are muted: Flux cannot hear you";

export const microphone: Record<MicState, { state: string; action: string }> = {
  off: { state: "Microphone off", action: "Turn on mic" },
  opening: { state: "Waiting for permission", action: "Waiting for permission" },
  on: { state: "Microphone on", action: "Mute" },
  muted: { state: "Muted", action: "Unmute" },
};

export const controls = {
  end: "End call",
  again: "Start a new call",
  retry: "Try again",
  withoutMicrophone: "Type instead",
  dismiss: "Dismiss",
  soundBlocked: "Your browser is holding back the sound.",
  letSoundOut: "Turn sound on",
};

export const composer = {
  label: "Message",
  placeholder: "Type a message",
  send: "Send",
};

export const conversation = {
  title: "Conversation",
  you: "You",
  agent: "Flux",
  typed: "typed",
  lost: "not delivered",
  interrupted: "Interrupted",
  waiting: "Waiting for the first words",
};

export const faults: Record<CallFault, { title: string; help: string }> = {
  "no-microphone": {
    title: "No microphone found",
    help: "Connect a microphone or headset, then try again. Or type: everything works in writing too.",
  },
  "permission-denied": {
    title: "The microphone is blocked",
    help: "Select the icon to the left of the address bar, set Microphone to “Allow”, then try again. On a phone, also allow it for your browser in the system settings.",
  },
  "microphone-busy": {
    title: "The microphone is in use",
    help: "Another app or tab is holding it. Close that one, then try again.",
  },
  "insecure-origin": {
    title: "This address is not secure",
    help: "Browsers only share the microphone with https:// pages, or with http://localhost. Ask your administrator for the secure address. Typing works here.",
  },
  "server-gone": {
    title: "The server does not answer",
    help: "It may be restarting, or your network is down. Check the connection and try again in a moment.",
  },
  "server-busy": {
    title: "All lines are busy",
    help: "The server has no room for another call right now. Try again in a minute.",
  },
  "server-fault": {
    title: "The server could not start the call",
    help: "Its log has the cause. Try again; if it keeps happening, tell your administrator.",
  },
  "not-allowed": {
    title: "This call was not allowed",
    help: "You may need to sign in again, or ask your administrator for access.",
  },
  "ice-failed": {
    title: "Sound could not get through",
    help: "The server answers, but a firewall blocks the audio. An administrator can open its UDP ports or set up a TURN server.",
  },
  "link-lost": {
    title: "The connection was lost",
    help: "We tried to reconnect and could not. What you already said and saved is kept.",
  },
  "call-gone": {
    title: "This call is over",
    help: "It ended while you were disconnected. What you already said and saved is kept.",
  },
  "agent-fault": {
    title: "Flux ran into a problem",
    help: "Please say that again, or start a new call.",
  },
};

export const endings: Record<EndReason, string> = {
  goodbye: "You said goodbye.",
  caller: "You ended the call.",
  silence: "It was quiet for a while, so Flux hung up.",
  link_lost: "The connection was closed.",
  shutdown: "The server was shut down.",
  error: "Something went wrong on the server.",
};

/** Fields of a tool's arguments and records; any other is named after itself. */
export const fieldNames: Readonly<Record<string, string>> = {
  goal_statement: "Goal",
  statement: "Goal",
  target_date: "By",
  task_reference: "Task",
  trigger_at: "When",
  trigger_time: "When",
  trigger_type: "Reminder by",
};

export const tools: { statuses: Record<ToolStatus, string>; asked: string; result: string } = {
  statuses: {
    running: "Working",
    done: "Done",
    rejected: "Needs more",
    failed: "Failed",
    cancelled: "Cancelled",
  },
  asked: "What Flux understood",
  result: "Result",
};

export const latency = {
  answered: (time: string): string => `Answered in ${time}`,
  unknown: "unknown",
  unknownAnswer: "Answer time unknown",
  explain: "From your last word to the first sound of the answer.",
  heard: (time: string): string => `You heard it after ${time}, the way through the network included.`,
  mixed: "includes an unmeasured stage",
  added: "added",
  marks: {
    endpoint: "Heard you finish",
    transcript: "Wrote it down",
    llm_first_token: "Began to think",
    llm_first_phrase: "First phrase ready",
    tts_first_audio: "First speech made",
    audio_out: "Sound sent",
  } satisfies Record<Mark, string>,
};
