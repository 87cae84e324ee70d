// node harness_node.mjs RUNTIME.js SERVER: the harness in Node.

import { pathToFileURL } from "node:url";
import { answer } from "./harness.mjs";

const [runtime, server] = process.argv.slice(2);
const open = async (base) => (await import(pathToFileURL(runtime).href)).open(base);
await answer(open, new URL(server));
