import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { gzipped } from "./gzipped.ts";

/** The widget: one plain script, with its styles in it and always under the same name, beside the page's own files. */
export default defineConfig({
  plugins: [react(), gzipped()],
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  build: {
    target: "es2022",
    emptyOutDir: false,
    copyPublicDir: false,
    lib: { entry: "src/widget/main.ts", name: "FluxVoiceWidget", formats: ["iife"], fileName: () => "widget.js" },
    reportCompressedSize: true,
  },
});
