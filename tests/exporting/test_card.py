import json
from dataclasses import replace

from kerascfg.exporting import Delivery, Port
from kerascfg.exporting.about import read_about
from kerascfg.exporting.card import write_card
from kerascfg.exporting.delivery import File
from kerascfg.exporting.places import without_places

CONFIG = """\
name: digits
task: classification
optimizer: {type: Adam, learning_rate: 0.001}
data:
  source: {type: csv, path: /home/ada/secret/train.csv, token: hf_sesame}
  split: {by: group, column: patient}
"""
FACTS = {
    "splits": {"train": 1438, "test": 179},
    "features": {"image": {"shape": [8, 8], "dtype": "float32"}},
    "targets": {"digit": {"shape": [], "dtype": "int32", "classes": ["zero", "one"]}},
    "fingerprint": "abc",
    "notes": ["2 rows of /home/ada/secret/train.csv were left out"],
}


def card(tmp_path, *deliveries):
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "facts.json").write_text(json.dumps(FACTS), "utf-8")
    (tmp_path / "metrics.json").write_text('{"test": {"accuracy": 0.9912, "loss": null}}', "utf-8")
    return write_card(tmp_path, read_about(tmp_path), deliveries).read_text("utf-8")


LITERT = Delivery(
    "litert",
    "delivered",
    notes=("starts behind `words`",),
    files=(File("litert/model.tflite", "0" * 64, 25_752),),
    inputs=(Port("image", (1, 8, 8), "float32"),),
    outputs=(Port("head", (1, 2), "float32"),),
    quantize="float16",
    tolerance=1e-3,
    max_abs_diff=0.31,
    max_scaled_diff=4.5e-4,
    metric=0.9833,
    metric_drop=0.001,
    latency_ms={"p50": 0.05, "p95": 0.06},
    load_ms=1.5,
    memory_bytes=13_000_000,
    metadata={"labels": '{"head":["zero","one"]}'},
    metric_name="accuracy",
    usage='run = open("model.tflite")\n',
)


def test_a_card_tells_data_metrics_limits_and_how_to_load(tmp_path):
    text = card(tmp_path, LITERT)
    for part in (
        "# digits",
        "- task: classification",
        "- samples: 1,438 train, 179 test",
        "- split: by group, seed 1",
        "| feature | image | float32 | 8 x 8 |",
        "| target | digit | int32 | one value | zero, one |",
        "| test | 0.9912 |",
        "- litert: starts behind `words`",
        "| litert | float16 | 25.8 kB | 1.5 | 0.050 | 0.060 | 13.0 MB | 4.5e-04 (1e-03) | 0.9833 |",
        'run = open("model.tflite")',
        "| input | `image` | float32 | 1 x 8 x 8 |",
        "| output | `head` | float32 | 1 x 2 | zero, one |",
    ):
        assert part in text


def test_a_card_holds_no_secret_and_no_place_of_this_machine(tmp_path):
    failed = Delivery(
        "onnx", "failed", f"converting failed: {tmp_path}/model.keras: https://h/x?key=sesame\nmore"
    )
    text = card(tmp_path, failed)
    assert "onnx: failed: converting failed: model.keras: (address)" in text
    assert "2 rows of train.csv were left out" in text
    for secret in ("sesame", "/home", "ada", str(tmp_path), "more"):
        assert secret not in text


def test_paths_lose_all_but_their_last_name():
    assert without_places("in C:\\Users\\ada\\x.bin, ~/y/z") == "in x.bin, z"
    assert without_places("float16/float32 and a/b stay") == "float16/float32 and a/b stay"


def test_where_nothing_was_delivered_a_card_says_so(tmp_path):
    text = card(tmp_path, Delivery("onnx", "refused", "not installed: onnx"))
    assert "Nothing was delivered." in text
    assert "- onnx: refused: not installed: onnx" in text
    assert "How to load" not in text


def test_a_run_of_an_older_version_says_what_is_not_known(tmp_path):
    text = write_card(tmp_path, read_about(tmp_path), [LITERT]).read_text("utf-8")
    assert "it was trained by a version that kept no facts.json" in text


def test_a_delivery_of_an_older_version_has_gaps_in_its_row(tmp_path):
    text = card(tmp_path, LITERT, Delivery("old", "delivered"))
    assert "| old |  | 0 B |  |  |  |  |  |  |  |" in text


def test_the_code_that_loads_is_marked_as_the_language_it_is_in(tmp_path):
    micro = replace(LITERT, target="tflm", usage='#include "model.h"\n', usage_language="cpp")
    text = card(tmp_path, LITERT, micro)
    assert '```python\nrun = open("model.tflite")\n```' in text
    assert '```cpp\n#include "model.h"\n```' in text
