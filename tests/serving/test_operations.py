"""A SavedModel that would read or write files is not loaded, whoever made its manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerascfg.errors import RunError
from kerascfg.exporting.delivery import Delivery, describe_files, write_manifest
from kerascfg.serving import find_artefact

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("operation", ["WriteFile", "ReadFile", "PrintV2", "EagerPyFunc"])
def test_a_graph_that_reaches_for_files_or_python_is_refused(tmp_path: Path, operation: str):
    import tensorflow as tf

    from kerascfg.serving.model import load

    mark = str(tmp_path / "mark")

    def reach(x):
        match operation:
            case "WriteFile":
                tf.io.write_file(mark, "x")
            case "ReadFile":
                return x + tf.cast(tf.strings.length(tf.io.read_file(mark)), "float32")
            case "PrintV2":
                tf.print(x, output_stream=f"file://{mark}")
            case "EagerPyFunc":
                return tf.reshape(tf.py_function(lambda y: y, [x], "float32"), [-1])
        return x

    module = tf.Module()
    module.reach = tf.function(reach, input_signature=[tf.TensorSpec([None], name="x")])
    folder = tmp_path / "exports" / "saved_model"
    signature = module.reach.get_concrete_function()
    tf.saved_model.save(module, str(folder / "1"), signatures={"serving_default": signature})
    files = describe_files(tmp_path / "exports", folder)
    write_manifest(tmp_path, [Delivery("saved_model", "delivered", files=files)])
    artefact = find_artefact(tmp_path, None)
    with pytest.raises(RunError, match=rf"to compute and no more. Received: it has {operation}"):
        load(artefact)
    assert not Path(mark).exists()


def test_printing_to_the_terminal_is_fine(tmp_path: Path):
    import tensorflow as tf

    from kerascfg.serving.operations import refuse_operations

    with tf.Graph().as_default() as graph:
        tf.print("x")
    meta = tf.compat.v1.MetaGraphDef(graph_def=graph.as_graph_def())
    refuse_operations(meta, "saved_model")
