// No plugin, no alias: the packages go into the pages as they come from npm.
export default {
  base: "./",
  build: { rolldownOptions: { input: ["plain.html", "react.html"] }, minify: false, reportCompressedSize: false },
};
