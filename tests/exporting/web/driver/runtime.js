// Stands for a runtime, so that a test can ask a delivered page as it asks a model: it opens the
// page beside it, in page/, gives it a file as a user does, and answers with what the page shows.

export async function open(base) {
  const frame = document.createElement("iframe");
  frame.src = new URL("page/index.html", base).href;
  document.body.append(frame);
  await until(() => frame.contentDocument?.body?.dataset.test);
  const page = frame.contentDocument;
  return {
    backend: page.getElementById("test").textContent,
    inputs: [{ name: "file", dtype: "uint8", shape: [null] }],
    outputs: [{ name: "digit", dtype: "int32", shape: [1] }],
    run: ({ file }) => chosen(frame.contentWindow, page, file.data),
  };
}

async function chosen(window, page, content) {
  const files = new window.DataTransfer();
  files.items.add(new window.File([content], "digit.png", { type: "image/png" }));
  page.getElementById("result").replaceChildren();
  page.getElementById("file").files = files.files;
  page.getElementById("file").dispatchEvent(new window.Event("change"));
  const first = await until(() => page.querySelector("#result td"));
  return { digit: { data: Int32Array.of(Number(first.textContent)), shape: [1] } };
}

async function until(found) {
  for (let tries = 0; tries < 600; tries += 1) {
    const value = found();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the page did not come so far");
}
