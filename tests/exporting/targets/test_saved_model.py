import subprocess
import sys

import numpy as np
import pytest

from kerascfg.exporting import export_run

pytestmark = pytest.mark.slow

CLIENT = """
import sys
sys.modules["keras"] = None
import numpy as np, tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
answer = loaded.signatures["serving_default"](city=tf.constant(["Oslo", "Nowhere", "Bonn"]))
print(np.argmax(answer["head"].numpy(), axis=1).tolist())
"""


def test_text_goes_in_and_a_client_without_keras_gets_the_answers(make_run):
    import keras

    city = keras.Input((), name="city", dtype="string")
    cities = keras.layers.StringLookup(vocabulary=["Bonn", "Oslo"], output_mode="one_hot")(city)
    model = keras.Model({"city": city}, keras.layers.Dense(3, use_bias=False, name="head")(cities))
    model.get_layer("head").set_weights([np.eye(3, dtype="float32")])
    run = make_run(model, {"city": np.array(["Bonn", "Oslo", "Köln", ""])})
    deliveries = export_run(run, {"saved_model": "saved_model", "litert": "litert"})
    assert [delivery.status for delivery in deliveries] == ["delivered", "delivered"]
    assert [delivery.inputs[0].dtype for delivery in deliveries] == ["string", "string"]
    assert deliveries[0].inputs[0].shape == (None,)
    client = subprocess.run(
        [sys.executable, "-c", CLIENT, str(run / "exports" / "saved_model" / "1")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert client.stdout.strip() == "[2, 0, 1]", client.stderr
