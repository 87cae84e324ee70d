// The page of a delivered model: it tests itself, takes a sample and shows the answer.
//
// page.json says what the model takes and returns, what its classes are called, and a golden pair:
// a real sample with the answer that Keras gave.

import { open } from "./runtime.js";
import { difference, read, zeros } from "./tensors.js";

const SHOWN = 5;
const at = (id) => document.getElementById(id);

try {
  await start();
} catch (error) {
  tell("bad", `This page does not work here: ${error?.message ?? error}`);
  throw error;
}

async function start() {
  const page = await (await fetch("page.json")).json();
  document.title = at("title").textContent = page.title;
  const model = await open();
  at("backend").textContent = `Runs here, in this browser: ${model.backend}.`;
  await selfTest(model, page);
  if (page.image) takeImages(model, page);
  takeValues(model, page);
}

/** Run the golden pair; `data-test` of the body says how it went, for other programs. */
async function selfTest(model, { golden, tolerance }) {
  const largest = difference(read(golden.outputs), await model.run(read(golden.inputs)));
  const passed = largest <= tolerance;
  document.body.dataset.test = passed ? "passed" : "failed";
  const found = `largest difference from Keras ${largest.toExponential(1)}, allowed ${tolerance.toExponential()}`;
  tell(passed ? "good" : "bad", `Self-test ${passed ? "passed" : "failed"}: ${found}.`);
}

function takeImages(model, page) {
  const { low, high, width, height, channels } = page.image;
  at("image").hidden = false;
  at("inverts").hidden = channels !== 1;
  at("pixels").textContent =
    `Any size; the model sees ${width} × ${height}, ` +
    `${channels === 1 ? "grey" : "colours"}, as numbers from ${low} to ${high}.`;
  const classify = async () => {
    const [file] = at("file").files;
    if (!file) return;
    const tensor = seen(await createImageBitmap(file), page.image, at("invert").checked);
    await show(model, page, { [page.image.input]: tensor });
  };
  at("file").addEventListener("change", () => attempt(classify));
  at("invert").addEventListener("change", () => attempt(classify));
}

/** Scale a picture to what the model takes, and draw that: it is what the answer is about. */
function seen(picture, { width, height, channels, dtype, low, high }, inverted) {
  const canvas = Object.assign(at("seen"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  const drawn = context.getImageData(0, 0, width, height);
  const tensor = zeros(dtype, [1, height, width, channels]);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const colours = drawn.data.subarray(4 * pixel, 4 * pixel + 3);
    if (channels === 1) colours.fill(0.299 * colours[0] + 0.587 * colours[1] + 0.114 * colours[2]);
    if (inverted) colours.forEach((value, place) => (colours[place] = 255 - value));
    for (let channel = 0; channel < channels; channel += 1) {
      const value = low + ((high - low) * colours[channel]) / 255;
      tensor.data[channels * pixel + channel] = value;
    }
  }
  context.putImageData(drawn, 0, 0);
  return tensor;
}

function takeValues(model, page) {
  const golden = Object.entries(read(page.golden.inputs));
  const example = golden.map(([name, { data, shape }]) => [name, nested(data, shape.slice(1))]);
  at("json").value = JSON.stringify(Object.fromEntries(example), null, 1);
  at("run").addEventListener("click", () =>
    attempt(() => show(model, page, tensorsOf(JSON.parse(at("json").value), page.golden.inputs))),
  );
}

/** Make tensors of one sample; null, which stands for a number that JSON lacks, is NaN. */
function tensorsOf(sample, examples) {
  const entries = Object.entries(examples).map(([name, { dtype, shape }]) => {
    const numbers = [sample[name]].flat(Infinity);
    const tensor = zeros(dtype, shape);
    if (numbers.length !== tensor.data.length || numbers.some((value) => value === undefined)) {
      throw new Error(`expected ${tensor.data.length} numbers for "${name}"`);
    }
    tensor.data.set(numbers.map((value) => (value === null ? NaN : Number(value))));
    return [name, tensor];
  });
  return Object.fromEntries(entries);
}

async function show(model, { labels }, feeds) {
  const began = performance.now();
  const answers = await model.run(feeds);
  const took = performance.now() - began;
  const tables = Object.entries(answers).map(([name, tensor]) => table(name, tensor, labels[name]));
  const time = Object.assign(document.createElement("p"), { className: "quiet" });
  time.textContent = `${took.toFixed(1)} ms`;
  at("result").replaceChildren(...tables, time);
}

/** Show one output: the largest numbers by the names of their classes, or all in their order. */
function table(name, { data, shape }, labels) {
  const made = document.createElement("table");
  made.createCaption().textContent = name;
  const numbers = [...data];
  if (shape.length > 2 || numbers.length === 1) {
    const said = labels && numbers.length === 1 ? `${labels[1]}: ` : "";
    made.insertRow().insertCell().textContent = said + JSON.stringify(nested(data, shape)[0]);
    return made;
  }
  const parts = numbers.every((value) => value >= 0 && value <= 1);
  const places = [...numbers.keys()];
  made.className = labels ? "ranked" : "";
  if (labels) places.sort((a, b) => numbers[b] - numbers[a]).splice(SHOWN);
  for (const place of places) {
    const row = made.insertRow();
    row.insertCell().textContent = labels ? labels[place] : place;
    const [number, digits] = [numbers[place], labels ? 3 : 7];
    row.insertCell().textContent = Number.isInteger(number) ? number : number.toPrecision(digits);
    const bar = Object.assign(document.createElement("div"), { className: "bar" });
    bar.style.width = parts ? `${100 * numbers[place]}%` : "0";
    row.insertCell().append(bar);
  }
  return made;
}

function nested(data, shape) {
  if (!shape.length) return data[0];
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, place) =>
    nested(data.subarray(place * size, (place + 1) * size), shape.slice(1)),
  );
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    at("result").textContent = `That is no sample for this model: ${error?.message ?? error}`;
  }
}

function tell(kind, text) {
  Object.assign(at("test"), { className: `quiet ${kind}`, textContent: text });
}
