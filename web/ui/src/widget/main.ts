/** The script that other sites load. Loading it twice is harmless: the first one stays. */

import { FluxVoice } from "./FluxVoice";

if (!customElements.get("flux-voice")) customElements.define("flux-voice", FluxVoice);
