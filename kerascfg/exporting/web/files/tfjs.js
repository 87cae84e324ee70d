// Runs model.json with TensorFlow.js, in a browser or in Node; the library lies in tfjs/.
//
//   import { open } from "./runtime.js";
//   const model = await open();
//   const answers = await model.run({ image: { data: pixels, shape: [1, 8, 8, 1] } });
//
// A tensor is { data: a typed array, shape: its sizes, the number of samples first }.

// In Node the library is a CommonJS module, in a browser a script that sets a global.
const tf = (await import("./tfjs/tf.min.js")).default ?? globalThis.tf;

const DTYPES = { DT_FLOAT: "float32", DT_DOUBLE: "float32", DT_BOOL: "bool" }; // else int32

/** Load the model below `base`, by default the folder of this file (in Node: give its address). */
export async function open(base = new URL(".", import.meta.url)) {
  await tf.ready();
  const graph = await tf.loadGraphModel(new URL("model.json", base).href);
  const inputs = ports(graph.modelSignature.inputs);
  const outputs = ports(graph.modelSignature.outputs);
  return {
    backend: `TensorFlow.js, ${tf.getBackend()}`,
    inputs,
    outputs,
    run: (feeds) => run(graph, inputs, outputs, feeds),
  };
}

async function run(graph, inputs, outputs, feeds) {
  const given = Object.fromEntries(
    inputs.map(({ name, tensor, dtype }) => [
      tensor,
      tf.tensor(feeds[name].data, feeds[name].shape, dtype),
    ]),
  );
  let made = [];
  try {
    made = await executed(graph, given, outputs.map(({ tensor }) => tensor));
    const read = made.map(async (tensor, place) => [
      outputs[place].name,
      { data: await tensor.data(), shape: tensor.shape },
    ]);
    return Object.fromEntries(await Promise.all(read));
  } finally {
    tf.dispose([given, made]);
  }
}

/** Run the graph; one with loops, or with shapes that depend on values, runs by executeAsync alone. */
async function executed(graph, given, tensors) {
  let made;
  try {
    made = graph.execute(given, tensors);
  } catch (error) {
    if (!String(error.message).includes("executeAsync")) throw error;
    made = await graph.executeAsync(given, tensors);
  }
  return [made].flat();
}

function ports(signature) {
  return Object.entries(signature).map(([name, { name: tensor, dtype, tensorShape }]) => ({
    name,
    tensor,
    dtype: DTYPES[dtype] ?? "int32",
    shape: (tensorShape.dim ?? []).map(({ size }) => (Number(size) < 0 ? null : Number(size))),
  }));
}
