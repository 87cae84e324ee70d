"""Models of which a format holds a part, and what lies beside that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from kerascfg.exporting import export_run
from kerascfg.exporting.divisions import described, divisions
from kerascfg.exporting.jobs import Job
from kerascfg.exporting.parts import read_part, write_parts
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.target import Lacking, Refused, Target
from kerascfg.exporting.targets.litert import LiteRT
from kerascfg.exporting.worker import Asked, converted
from kerascfg.model import Division, build_parts

ANY_MODEL: Any = None
FEATURES = {
    "city": {"shape": [], "dtype": "string"},
    "body height": {"shape": [1], "dtype": "float32"},
}
ROWS: dict[str, Any] = {
    "city": np.array(["Ulm", "Bonn", "K\u00f6ln", "Ulm"]),
    "body height": np.array([[1.5], [1.7], [1.8], [2.0]], "float32"),
}
MODEL = """
preprocess:
  place: {type: Hashing, inputs: city, num_bins: 4}
  places: {type: CategoryEncoding, num_tokens: 4, output_mode: one_hot}
  tall: {type: Rescaling, inputs: body height, scale: 0.5}
layers:
  joined: {type: Concatenate, inputs: [places, tall]}
  head: {type: Dense, units: 3, activation: softmax}
postprocess:
  best: {op: argmax, inputs: head, axis: -1}
"""


def served() -> Any:
    return build_parts(yaml.safe_load(MODEL), {"data": {"features": FEATURES}}, None).served


def test_a_note_names_nodes_kinds_and_the_module():
    (note,) = described(Division(ANY_MODEL, starts={"words": "TextVectorization"}), None)
    assert note == (
        "starts behind `words` (TextVectorization): give it what preprocess.py makes of raw records"
    )


def test_a_note_gives_the_reason_that_only_the_converter_knew():
    (note,) = described(Division(ANY_MODEL, ends={"best": "Argmax"}), "it lacks BitwiseAnd")
    assert note.startswith("ends before `best` (Argmax): postprocess.py makes the answers")
    assert note.endswith("; of the rest: it lacks BitwiseAnd")


@pytest.mark.slow
def test_what_leaves_most_inside_is_tried_first():
    ways = [(set(way.starts), set(way.ends)) for way in divisions(served(), ("Hashing",))]
    assert ways == [
        ({"place"}, set()),
        ({"place"}, {"best"}),
        ({"places", "tall"}, set()),
        ({"places", "tall"}, {"best"}),
    ]


@pytest.mark.slow
def test_modules_and_artefact_answer_together_what_the_model_answers(make_run: Any):
    model = served()
    run = make_run(model, ROWS)
    (delivery,) = export_run(run, {"litert": "litert"})
    assert delivery.status == "delivered", delivery.reason
    starts, ends = delivery.notes
    assert starts.startswith("starts behind `place` (Hashing)")
    assert ends.startswith("ends before `best` (Argmax)") and ends.endswith("BitwiseAnd")
    assert {port.name for port in delivery.inputs} == {"place", "body_height"}
    folder = run / "exports" / "litert"
    made = read_part(folder, "preprocess")(ROWS)
    artefact = LiteRT(folder)
    answers = [
        artefact({name: rows[row : row + 1] for name, rows in made.items()}) for row in range(4)
    ]
    heads = {"head": np.concatenate([answer["head"] for answer in answers])}
    expected = Servable(model).predict({"city": ROWS["city"], "body_height": ROWS["body height"]})[
        "best"
    ]
    assert read_part(folder, "postprocess")(heads)["best"].tolist() == expected.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "tries"), [(Lacking, 4), (Refused, 1)])
def test_less_is_tried_where_the_format_lacks_something_and_for_no_other_reason(
    kind: type[Refused], tries: int, make_run: Any, tmp_path: Path
):
    model = Servable(served())
    rows = {"city": ROWS["city"], "body_height": ROWS["body height"]}
    asked = Asked(model, rows, model.predict(rows), 4)
    told: list[str] = []

    def refuse(held: Servable, directory: Path) -> None:
        told.append(f"reason {len(told)}")
        raise kind(told[-1])

    job = Job(make_run(model.model, ROWS), None, "x", tmp_path / "job")
    job.write()
    target = Target(convert=refuse, open=LiteRT, tolerance=1e-5, lacks=("Hashing",))
    with pytest.raises(kind, match="reason 0"):
        converted(job, target, asked)
    assert len(told) == tries


@pytest.mark.slow
def test_gaps_of_a_table_are_filled_before_numbers_become_whole(make_run: Any):
    for package in ("ai_edge_quantizer", "onnxruntime", "nncf"):
        pytest.importorskip(package, reason="needs the extras `quantize`, `onnx`, `openvino`")
    import keras

    keras.utils.set_random_seed(0)
    facts = {"data": {"features": {"sizes": {"shape": [4], "dtype": "float32"}}}}
    layers = {
        "hidden": {"type": "Dense", "units": 8, "activation": "relu"},
        "head": {"type": "Dense", "units": 2},
    }
    random = np.random.default_rng(0)

    def rows() -> np.ndarray:
        sizes = random.random((90, 4)).astype("float32")
        sizes[random.random(sizes.shape) < 0.3] = np.nan
        return sizes

    fills = {"sizes": [0.5, 0.25, 1.0, 0.0]}
    model = build_parts({"layers": layers}, facts, None, fills=fills).served
    run = make_run(model, {"sizes": rows()}, calibration={"sizes": rows()})
    targets = {name: {"type": name, "quantize": "int8"} for name in ("litert", "onnx", "openvino")}
    for delivery in export_run(run, targets):
        assert delivery.status == "delivered", delivery.reason
        assert delivery.notes[0].startswith("starts behind `sizes` (FillMissing)")
        assert delivery.max_abs_diff is not None and 0 < delivery.max_abs_diff < 0.1
        assert delivery.nan == "same"


@pytest.mark.slow
def test_a_module_bears_names_of_any_kind(tmp_path: Any):
    import keras

    name = 'say """hi""" \\N'
    word = keras.Input((), dtype="string", name="word")
    made = keras.layers.Hashing(4, name="place")(word)
    place = keras.Input((), dtype="int64", name="place")
    held = keras.Model({"place": place}, {"y": keras.ops.multiply(place, 2)})
    before = keras.Model({name: word}, {"place": made})
    division = Division(held, before, starts={"place": "Hashing"})
    write_parts(division, Servable(held), tmp_path)
    preprocess = read_part(tmp_path, "preprocess")
    assert preprocess({name: np.array(["a", "b"])})["place"].shape == (2,)
    assert f"    {name}: string, (records,)" in str(preprocess.__globals__["__doc__"])
