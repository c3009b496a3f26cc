// Builds ../static (or the folder given): app.js with every language of src/messages, app.css, index.html and favicon.svg.
import { build } from "esbuild";
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { resolve } from "node:path";

const out = process.argv[2] ?? "../static";
await mkdir(out, { recursive: true });

// `import ... from "all-messages"`: the tables of src/messages by their language, so that a file is all that a language needs
const languages = (await readdir("src/messages")).filter((name) => name.endsWith(".ts")).sort();
const contents = [
  ...languages.map((name, n) => `import { messages as m${n} } from ${JSON.stringify(`./${name}`)};`),
  `export const tables = { ${languages.map((name, n) => `${JSON.stringify(name.slice(0, -3))}: m${n}`).join(", ")} };`,
].join("\n");
const messages = {
  name: "messages",
  setup(plugin) {
    plugin.onResolve({ filter: /^all-messages$/ }, () => ({ path: "all-messages", namespace: "messages" }));
    plugin.onLoad({ filter: /.*/, namespace: "messages" }, () => ({ contents, loader: "ts", resolveDir: resolve("src/messages") }));
  },
};

const target = ["chrome100", "firefox100", "safari15.4"];
const options = { bundle: true, minify: true, charset: "ascii", logLevel: "warning", target };
await build({
  ...options,
  entryPoints: ["src/main.ts"],
  outfile: `${out}/app.js`,
  format: "iife",
  plugins: [messages],
  banner: { js: "/* kasf-demo's pages, Apache-2.0. Sources: app/kasf_demo/serve/web */" },
});
await build({ ...options, entryPoints: ["src/app.css"], outfile: `${out}/app.css` });
for (const name of ["index.html", "favicon.svg"]) await copyFile(`src/${name}`, `${out}/${name}`);
