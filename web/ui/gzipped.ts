import type { Plugin } from "vite";

/** Puts a compressed copy beside each text file, which the server sends to browsers that take it. */
export function gzipped(): Plugin {
  return {
    name: "gzipped",
    apply: "build",
    enforce: "post",
    async generateBundle(_, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue;
        const stream = new Blob([file.type === "chunk" ? file.code : (file.source as BlobPart)])
          .stream()
          .pipeThrough(new CompressionStream("gzip"));
        const source = new Uint8Array(await new Response(stream).arrayBuffer());
        this.emitFile({ type: "asset", fileName: `${name}.gz`, source });
      }
    },
  };
}
