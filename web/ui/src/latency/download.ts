/** Hands a text to the browser as a file; nothing leaves the page. */

const KEPT_MS = 30_000; // some browsers read the file only after the click

export function download(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
