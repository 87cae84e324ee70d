import keras
import numpy as np
import pytest

from kerascfg.exporting.servable import Servable

pytestmark = pytest.mark.slow


def test_a_convolution_in_groups_is_no_call_of_a_compiled_function():
    image = keras.Input((8, 8, 4), name="image")
    grouped = keras.layers.Conv2D(4, 3, groups=2, name="head")(image)
    servable = Servable(keras.Model({"image": image}, grouped))
    function = servable.concrete(batch=None)
    operations = {node.op for node in function.graph.as_graph_def().node}
    assert "Conv2D" in operations
    assert not operations & {"PartitionedCall", "StatefulPartitionedCall"}
    images = np.random.default_rng(0).normal(size=(3, 8, 8, 4)).astype("float32")
    answer = function(image=keras.ops.convert_to_tensor(images))["head"]
    np.testing.assert_allclose(answer, servable.predict({"image": images})["head"], atol=1e-6)
