// Runs model.tflite with LiteRT.js on the CPU (WebAssembly); what it needs lies in litert/.
//
//   import { open } from "./runtime.js";
//   const model = await open();
//   const answers = await model.run({ image: { data: pixels, shape: [1, 8, 8, 1] } });
//
// A tensor is { data: a typed array, shape: its sizes, the number of samples first }.

import { Tensor, loadAndCompile, loadLiteRt } from "./litert/index.js";

const SIGNATURE = "serving_default";

/** Load the runtime and the model below `base`, by default the folder of this file. */
export async function open(base = new URL(".", import.meta.url)) {
  await loadLiteRt(new URL("litert/wasm/", base).href);
  const compiled = await loadAndCompile(new URL("model.tflite", base).href, {
    accelerator: "wasm",
  });
  const signature = compiled.signatures[SIGNATURE];
  return {
    backend: "LiteRT.js, WebAssembly",
    inputs: signature.getInputDetails().map(port),
    outputs: signature.getOutputDetails().map(port),
    run: (feeds) => run(signature, feeds),
  };
}

async function run(signature, feeds) {
  const given = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape }]) => [name, new Tensor(data, shape)]),
  );
  let made = {};
  try {
    made = await signature.run(given);
    return Object.fromEntries(
      Object.entries(made).map(([name, tensor]) => [
        name,
        { data: tensor.toTypedArray().slice(), shape: [...tensor.type.layout.dimensions] },
      ]),
    );
  } finally {
    // LiteRT.js does not free its memory by itself.
    for (const tensor of [...Object.values(given), ...Object.values(made)]) tensor.delete();
  }
}

function port({ name, dtype, shape }) {
  return { name, dtype, shape: [...shape] };
}
