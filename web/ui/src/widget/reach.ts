/** Whether this page may talk to a server, which a browser does not say when it refuses: found out by asking twice. */

/** - `foreign`: it answers, but not to pages of this origin.
 *  - `policy`: this page's own Content-Security-Policy is in the way.
 *  - `gone`: it does not answer at all. */
export type Reach = "allowed" | "foreign" | "policy" | "gone";

const PATIENCE_MS = 8000;

export async function reach(server: string): Promise<Reach> {
  const url = `${server}widget.js`;
  const blocked = new Set<string>();
  const onViolation = ({ blockedURI, effectiveDirective }: SecurityPolicyViolationEvent): void => {
    if (effectiveDirective === "connect-src") blocked.add(blockedURI);
  };
  document.addEventListener("securitypolicyviolation", onViolation);
  try {
    if (await answers(url, "cors")) return "allowed";
    // An answer that may not be read is one all the same.
    const there = await answers(url, "no-cors");
    if (there) return "foreign";
    await new Promise((resolve) => setTimeout(resolve)); // a violation is told in a task of its own
    const { origin } = new URL(server);
    return [...blocked].some((each) => each.startsWith(origin)) ? "policy" : "gone";
  } finally {
    document.removeEventListener("securitypolicyviolation", onViolation);
  }
}

async function answers(url: string, mode: RequestMode): Promise<boolean> {
  try {
    await fetch(url, { method: "HEAD", mode, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    return true;
  } catch {
    return false;
  }
}
