// Builds ../bundle (or the folder given): page.js with three.js inside, page.css, page.html and the licences.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";

const out = process.argv[2] ?? "../bundle";
await mkdir(out, { recursive: true });

const { version } = JSON.parse(await readFile("node_modules/three/package.json", "utf8"));
const licence = (await readFile("node_modules/three/LICENSE", "utf8")).replace(/\r/g, "").trim();
const notice = `three.js ${version} is contained in page.js. Its licence:\n\n${licence}\n`;
await writeFile(`${out}/LICENSES.txt`, notice);

const options = { bundle: true, minify: true, charset: "ascii", logLevel: "warning" };
await build({
  ...options,
  entryPoints: ["src/main.ts"],
  outfile: `${out}/page.js`,
  format: "iife",
  target: ["chrome100", "firefox100", "safari15.4"],
  legalComments: "none", // the whole licence is in the banner
  banner: { js: `/* kasf-demo's page, Apache-2.0. ${notice.replaceAll("©", "(c)").replaceAll("*/", "* /")}*/` },
});
await build({ ...options, entryPoints: ["src/page.css"], outfile: `${out}/page.css`, target: ["chrome100", "firefox100", "safari15.4"] });
await copyFile("src/page.html", `${out}/page.html`);
