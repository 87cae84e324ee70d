// Asks a delivered model on behalf of kerascfg: in a page (harness.html) or in Node.
//
// Each answer is posted to the server that keeps the questions; its response is the next question.

import { keep, read } from "./tensors.js";

const WARM_UP = 3;
const FEWEST = 5;
const MOST_MS = 2000;

/** Answer the questions of `server` with the model that is served below it, until there are none. */
export async function answer(open, server) {
  let model;
  let question = await post(server, async () => {
    const began = performance.now();
    model = await open(new URL("artefact/", server));
    const { backend, inputs, outputs } = model;
    return { backend, inputs, outputs, load_ms: performance.now() - began };
  });
  while (question) {
    const { feeds, times } = question;
    question = await post(server, () => (times ? timed : answered)(model, read(feeds), times));
  }
}

async function answered(model, feeds) {
  return keep(await model.run(feeds));
}

/** Say how long each of many calls took; fewer than asked once they took MOST_MS. */
async function timed(model, feeds, times) {
  for (let time = 0; time < WARM_UP; time += 1) await model.run(feeds);
  const milliseconds = [];
  let spent = 0;
  while (milliseconds.length < times && (milliseconds.length < FEWEST || spent < MOST_MS)) {
    const began = performance.now();
    await model.run(feeds);
    milliseconds.push(performance.now() - began);
    spent += milliseconds.at(-1);
  }
  return { milliseconds };
}

/** Post what comes of `work`; return the next question, or null when there is none any more. */
async function post(server, work) {
  let answer;
  try {
    answer = { done: await work() };
  } catch (error) {
    answer = { error: String(error?.message ?? error), stack: String(error?.stack ?? "") };
  }
  const body = JSON.stringify(answer);
  const response = await fetch(new URL("answer", server), { method: "POST", body });
  return response.status === 204 ? null : response.json();
}
