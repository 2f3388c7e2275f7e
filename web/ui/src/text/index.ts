/** Every text of the page, in one place: ready for translation. */

import type { Browser } from "../call/browsers";
import type { Mark } from "../call/latency";
import type { CallFault, Ending, MicrophoneFault, MicState, VisibleState } from "../call/state";
import type { ToolStatus } from "../call/tools";
import type { CaptionSize } from "../settings/settings";

export const brand = "Flux Voice";

export { consoleText } from "./console";

export const header = {
  privacy: "Runs on your own server",
};

export const welcome = {
  title: "Talk to Flux",
  lead: "A life assistant that listens, answers out loud, and keeps your goals and tasks. Just speak, the way you would to a person. You can interrupt at any time.",
  abilities: [
    { title: "Keeps your goals", text: "Say what you want to reach and by when." },
    { title: "Reminds you of tasks", text: "Name the thing and the time, in your own words." },
    { title: "Moves what has to wait", text: "“No, Friday at ten” is all it takes." },
  ],
  privacy: "Your voice goes to your own server and is not recorded. It goes no further, unless the server's owner has switched a cloud engine on.",
  microphone: "Your browser will ask for the microphone first.",
  typing: "Would rather type? Write below: no microphone needed.",
};

export const voiceButton = {
  start: "Start talking",
  again: "Start a new call",
  open: (state: string): string => `${state}: open the call`,
};

export const overlay = {
  title: "Voice call with Flux",
  close: "Close",
  minimise: "Back to the page; the call goes on",
  keys: "Space: mute or unmute. Esc: end the call.",
  pushKeys: "Hold space to talk. Esc: end the call.",
  idleKeys: "Space: start talking. Esc: close.",
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
  reconnecting: { label: "Reconnecting", hint: "The connection dropped. The call is kept for a while" },
  ended: { label: "Call ended", hint: "" },
  error: { label: "Something went wrong", hint: "" },
};

/** What is said instead of "Listening" where the agent hears nothing. */
export const unheard = {
  off: { label: "Ready", hint: "Type your message, or turn on the microphone" },
  muted: { label: "You are muted", hint: "Flux cannot hear you" },
  released: { label: "Your turn", hint: "Hold the button or the space key while you talk" },
};

export const askingPermission = { label: "Allow the microphone", hint: "Your browser is asking you for permission" };

export const microphone: Record<MicState, { state: string; action: string }> = {
  off: { state: "Microphone off", action: "Turn on mic" },
  opening: { state: "Waiting for permission", action: "Waiting for permission" },
  on: { state: "Microphone on", action: "Mute" },
  muted: { state: "Muted", action: "Unmute" },
};

export const controls = {
  end: "End call",
  start: "Start talking",
  again: "Start a new call",
  retry: "Try again",
  hold: "Hold to talk",
  holding: "Talking: let go to send",
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
  level: { you: "You", agent: "Flux" },
  you: "You",
  agent: "Flux",
  typed: "typed",
  lost: "not delivered",
  interrupted: "Interrupted",
  waiting: "Waiting for the first words",
};

interface FaultText {
  title: string;
  help: string;
  /** For whoever runs the server. */
  admin?: string;
}

export const faults: Record<CallFault, FaultText> = {
  "no-microphone": {
    title: "No microphone found",
    help: "Connect a microphone or headset, then try again. Or type: everything works in writing too.",
  },
  "permission-denied": {
    title: "The microphone is blocked",
    help: "This page may not use it. To allow it:",
  },
  "microphone-busy": {
    title: "The microphone is in use",
    help: "Another app or tab is holding it. Close that one, then try again.",
  },
  "insecure-origin": {
    title: "This address is not secure",
    help: "Browsers only share the microphone with https:// pages, or with http://localhost. Ask your administrator for the secure address. Typing works here.",
    admin: "Put a reverse proxy with a certificate in front of the server (docs/gpu-box.md).",
  },
  "server-gone": {
    title: "The server does not answer",
    help: "It may be restarting, or your network is down. Check the connection and try again in a moment.",
    admin: "On the server, “flux-voice doctor” checks every part and says what to do.",
  },
  "server-busy": {
    title: "All lines are busy",
    help: "The server has no room for another call right now. Try again in a minute.",
    admin: "FLUX_MAX_CALLS is the number of calls held at once, FLUX_AUTH__CALLS_PER_KEY that of one key.",
  },
  "server-fault": {
    title: "The server could not start the call",
    help: "Its log has the cause. Try again; if it keeps happening, tell your administrator.",
    admin: "On the server, “flux-voice doctor” checks every part and says what to do.",
  },
  "not-allowed": {
    title: "This call was not allowed",
    help: "You may need to sign in again, or ask your administrator for access.",
  },
  "ice-failed": {
    title: "Sound could not get through",
    help: "The server answers, but no way for the sound was found: a firewall may be in between. Another network, or one without a VPN, may work. Otherwise tell your administrator:",
    admin:
      "Open UDP between callers and the server, its ports 32768 to 60999 (net.ipv4.ip_local_port_range). Where callers cannot send UDP, or the server is behind a router, name a TURN server in FLUX_ICE_SERVERS and open its port 3478, UDP and TCP.",
  },
  "link-lost": {
    title: "The connection was lost",
    help: "We tried to reconnect and could not. You can start a new call.",
  },
  "call-gone": {
    title: "This call is over",
    help: "It ended while you were disconnected, or the server was restarted. You can start a new call.",
  },
  "agent-fault": {
    title: "Flux ran into a problem",
    help: "Please say that again, or start a new call.",
  },
};

export const forAdministrators = "For the administrator";

/** How to let this page use the microphone, step by step. */
export const allowMicrophone: Record<Browser, readonly string[]> = {
  chrome: [
    "Select the icon to the left of the address.",
    "Switch Microphone on.",
    "Come back here and try again.",
  ],
  edge: [
    "Select the lock to the left of the address.",
    "Open “Permissions for this site” and set Microphone to Allow.",
    "Come back here and try again.",
  ],
  firefox: [
    "Select the crossed-out microphone to the left of the address.",
    "Remove “Blocked” with the cross beside it.",
    "Try again here, and choose Allow when Firefox asks.",
  ],
  safari: [
    "In the menu bar, open Safari, then “Settings for This Website…”.",
    "Set Microphone to Allow.",
    "Come back here and try again.",
  ],
  android: [
    "Tap the icon to the left of the address, then Permissions.",
    "Allow the microphone. If it is not listed, allow it for the browser in Android's settings, under Apps.",
    "Come back here and try again.",
  ],
  ios: [
    "Tap the page button in the address bar, then “Website Settings”.",
    "Set Microphone to Allow. If it stays blocked, allow it for the browser in the Settings app.",
    "Come back here and try again.",
  ],
  other: [
    "Open this site's permissions, usually by the icon to the left of the address.",
    "Allow the microphone.",
    "Come back here and try again.",
  ],
};

export const kept = {
  said: "What was said so far is kept.",
  saved: (names: readonly string[]): string => `Saved: ${names.join("; ")}.`,
  nothingSaved: "No goal or task had been saved yet.",
  lost: (count: number): string =>
    count === 1
      ? "One message did not arrive; it is back in the text field."
      : `${count} messages did not arrive; they are back in the text field.`,
};

export const endings: Record<Ending, string> = {
  left: "You left this page, which ended the call.",
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
    asked: "Asked",
    running: "Working",
    done: "Done",
    rejected: "Not done yet",
    failed: "Failed",
    cancelled: "Cancelled",
  },
  asked: "What Flux understood",
  result: "Result",
};

export const latencyText = {
  title: "Latency",
  marks: {
    endpoint: "Heard you finish",
    transcript: "Wrote it down",
    llm_first_token: "Began to think",
    llm_first_phrase: "First phrase ready",
    tts_first_audio: "First speech made",
    audio_out: "Sound sent",
  } satisfies Record<Mark, string>,
  clocks: { server: "By the server", heard: "Heard here" },
  unknown: "unknown",
  notTyped: "not in a typed turn",
  mixed: "includes an unmeasured stage",
  answered: (time: string): string => `Answered in ${time}`,
  unknownAnswer: "Answer time unknown",
  explain: "From your last word to the first sound of the answer.",
  explainTyped: "From the moment your words came to the first sound of the answer.",
  heard: (time: string): string => `You heard it after ${time}, the way through the network included.`,

  none: "No answer has been measured yet. Say or type something to Flux.",
  last: "The last answer, stage by stage",
  lastOf: (call: number, turn: number): string => `Call ${call}, turn ${turn}`,
  stage: "Stage",
  reached: "Reached after",
  note: "Note",
  waterfall: (stages: string): string => `When each stage was reached. ${stages}.`,
  stageAt: (stage: string, time: string): string => `${stage}: ${time}`,
  clocksApart:
    "“Heard here” is measured by this browser on its own clock: compare it with “Sound sent”, but do not subtract.",
  notZero: "What was not measured is unknown, not zero.",

  history: "Voice to voice",
  historyNone: "No spoken answer has been measured yet. Typed turns do not count here.",
  historyPlot: (clocks: string): string => `Voice to voice of the spoken turns. ${clocks}`,
  clockFigures: (clock: string, count: number, p50: string, p95: string): string =>
    `${clock}: ${count} ${count === 1 ? "answer" : "answers"}, half within ${p50}, 95 of 100 within ${p95}.`,
  clockUnknown: (clock: string): string => `${clock}: unknown.`,
  point: (clock: string, call: number, turn: number, time: string): string =>
    `${clock}, call ${call}, turn ${turn}: ${time}`,
  p50: "Median (p50)",
  p95: "95th percentile (p95)",
  count: "Answers",
  table: "Every answer as a table",
  call: "Call",
  turn: "Turn",
  kind: "Kind",
  spoken: "spoken",
  typed: "typed",
  export: "Download as CSV",
  exportHint: "Times only, not a word of what was said.",
};

export const settingsText = {
  title: "Settings",
  close: "Close",
  kept: "Kept in this browser only.",

  microphone: "Microphone",
  systemMicrophone: "The system’s own",
  goneMicrophone: "Not connected: the system’s own is used",
  unnamed: "The names of your devices appear once you allow the microphone.",
  test: "Test the microphone",
  testing: "Waiting for the microphone",
  speak: "Say something: the bar should move.",
  hears: "The microphone hears you.",
  muted: "You are muted in the call, so the bar stays still.",
  failed: {
    "no-microphone": "No such microphone was found.",
    "permission-denied": "The browser blocks the microphone: allow it for this page.",
    "microphone-busy": "Another app or tab is holding this microphone.",
    "insecure-origin": "Browsers only share the microphone with https:// pages, or with http://localhost.",
  } satisfies Record<MicrophoneFault, string>,

  loudspeaker: "Loudspeaker",
  systemLoudspeaker: "The system’s own",
  goneLoudspeaker: "Not connected: the system’s own is used",
  play: "Play a test sound",
  unplayed: "That sound could not be played there.",
  volume: "Volume of the voice",
  percent: (share: number): string => `${Math.round(share * 100)} %`,

  captions: "Size of the words",
  captionSizes: { small: "Small", medium: "Medium", large: "Large", huge: "Huge" } satisfies Record<CaptionSize, string>,
  pushToTalk: "Push to talk",
  pushToTalkHint: "Flux hears you only while you hold the talk button or the space bar.",
};

/** What stands on a card, or beside a fault, where a socket's agent or its server did not do as asked. */
export const socketText = {
  /** The agent can say it too. */
  failed: "That could not be done now, because the server could not be reached. Please try again later.",
  garbled: "The arguments of this call were no JSON object.",
  unheeded: (words: string): string => `Flux did not take what you typed: “${words}”`,
};

/** The widget on other sites' pages, and what its console tells their developers. */
export const widgetText = {
  label: "Talk to us",
  region: "Voice assistant",
  close: "Close",
  notSetUp: "This page is not set up for the voice assistant yet. Only the people who run it can change that.",
  mistakes: {
    unknown: (name: string, value: string, known: string): string => `${name}="${value}" is not one of: ${known}`,
    address: (name: string, value: string): string => `${name}="${value}" is no http(s) address`,
    colour: (value: string): string => `accent="${value}" is no colour: write it as #0f6b5f, rgb(15, 107, 95) or a name`,
    server: 'which server to call is not known: load widget.js with a plain <script src>, or set server="https://…"',
    mixed: (origin: string): string =>
      `this page came over HTTPS, so browsers let it ask nothing of ${origin}: give that server HTTPS too`,
    insecure: "browsers give the microphone only to pages served over HTTPS, or from localhost: visitors can only type",
    foreign: (origin: string, server: string): string =>
      `pages of ${origin} may not call ${server}: its operator has to add "${origin}" to FLUX_AUTH__ORIGINS`,
    policy: (origin: string): string =>
      `this page's own Content-Security-Policy keeps it from calling ${origin}: add ${origin} to its connect-src`,
    noAnswer: (url: string): string =>
      `token-url ${url} does not answer: is it there, does it take POST, and does connect-src allow it?`,
    refused: (url: string, status: number, reason: string, ownSite: boolean): string =>
      `${url} answered ${status}${reason && ` (${reason})`}; ` +
      (ownSite
        ? "token-url has to answer what POST /api/v1/voice/session of the voice server answered"
        : "without token-url this works only where the server lets everybody begin sessions (FLUX_AUTH__MINT=open)"),
    noSession: (url: string): string =>
      `${url} did not answer with a session: its JSON needs session_id and token, as POST /api/v1/voice/session answers`,
  },
};

/** The page that makes the widget's snippet; its readers build web sites. */
export const builderText = {
  title: "Put the voice agent on your site",
  lead: "One script and one element. Say here what it shall look like, copy the snippet, and give your back end the few lines that begin a session.",
  form: "What the element says",
  tokenUrl: "/voice-token",
  fields: {
    "token-url": {
      label: "Token URL",
      hint: "An address of your own site. The page posts there to begin a call; your back end asks this server with its key. Leave it empty only if this server lets everybody begin sessions.",
      placeholder: "/voice-token",
    },
    server: { label: "Server", hint: "Only where the script is not loaded from the server that is called.", placeholder: "" },
    agent: { label: "Agent", hint: "Which agent answers; the server's own if left empty.", placeholder: "flux" },
    label: { label: "Words on the button", hint: "Up to 40 characters.", placeholder: "Talk to us" },
    position: { label: "Position", hint: "A corner of the window, or inline: where the element stands.", placeholder: "" },
    theme: { label: "Light or dark", hint: "Auto does as the visitor's system does.", placeholder: "" },
    accent: {
      label: "Accent colour",
      hint: "Any CSS colour. It is made darker or lighter where its words could not be read.",
      placeholder: "#0f6b5f",
    },
    language: { label: "Language", hint: "English is the only one so far.", placeholder: "en" },
  },
  preview: {
    title: "Preview",
    help: "This is the element itself, talking to this server without your token URL: press it to try. Where this server asks for a key, it will say that it may not call.",
    events: "Events that your page can listen for",
    noEvents: "Nothing yet.",
  },
  snippet: { title: "Snippet", help: "Goes into your page, at the end of its body." },
  policy: {
    title: "Content-Security-Policy",
    help: "If your site sends one, it has to allow this much. Styles, images and sound need nothing. A Permissions-Policy, if you send one, has to leave the microphone to your own pages: microphone=(self).",
  },
  token: {
    title: "Your back end",
    help: "It answers the token URL. The key stays there: the page only ever has the token of one session.",
  },
  origins: {
    title: "This server's settings",
    help: "It has to know your site: whoever runs it adds the site's origin.",
  },
  copy: "Copy",
  copied: "Copied.",
};
