// Stands for a runtime, so that a test can ask a delivered page as it asks a model: it opens the
// page beside it, in page/, gives it a file as a user does (or, where that is empty, runs the sample
// of its JSON box), and answers with the first cell of each row that the page shows.

export async function open(base) {
  const frame = document.createElement("iframe");
  frame.src = new URL("page/index.html", base).href;
  document.body.append(frame);
  await until(() => frame.contentDocument?.body?.dataset.test);
  const page = frame.contentDocument;
  return {
    backend: page.getElementById("test").textContent,
    inputs: [{ name: "file", dtype: "uint8", shape: [null] }],
    outputs: [{ name: "shown", dtype: "int32", shape: [null] }],
    run: ({ file }) => chosen(frame.contentWindow, page, file.data),
  };
}

async function chosen(window, page, content) {
  const files = new window.DataTransfer();
  files.items.add(new window.File([content], "digit.png", { type: "image/png" }));
  page.getElementById("result").replaceChildren();
  if (content.length) {
    page.getElementById("file").files = files.files;
    page.getElementById("file").dispatchEvent(new window.Event("change"));
  } else {
    page.getElementById("run").click();
  }
  await until(() => page.querySelector("#result td"));
  const cells = [...page.querySelectorAll("#result td:first-child")];
  const shown = Int32Array.from(cells, (cell) => Number(cell.textContent));
  return { shown: { data: shown, shape: [shown.length] } };
}

async function until(found) {
  for (let tries = 0; tries < 600; tries += 1) {
    const value = found();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the page did not come so far");
}
