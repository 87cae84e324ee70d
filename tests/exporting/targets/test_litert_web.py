import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from kerascfg.exporting import export_run
from kerascfg.exporting.servable import Servable
from kerascfg.exporting.target import Refused
from kerascfg.exporting.targets.litert import litert
from kerascfg.exporting.targets.litert_web import TOOL, convert, open_page
from kerascfg.exporting.tools import missing_tools
from kerascfg.exporting.web.chromium import find_chromium

DRIVER = Path(__file__).parents[1] / "web" / "driver"


def lacking() -> str | None:
    """Say what these tests lack here, or None."""
    try:
        find_chromium()
    except Refused as refusal:
        return str(refusal)
    return missing_tools([TOOL])


pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(lacking()), reason=lacking() or "")]


@pytest.fixture(scope="module")
def delivered(trained_digits, tmp_path_factory):
    """The page of the digits model, and its delivery."""
    run = Path(shutil.copytree(trained_digits, tmp_path_factory.mktemp("web") / "run"))
    (delivery,) = export_run(run, {"web": "litert_web"})
    assert delivery.status == "delivered", delivery.reason
    return run / "exports" / "web", delivery


@pytest.fixture
def opened(delivered, tmp_path):
    """Open a copy of the page in a browser; what it shows is what the driver answers."""
    pages = []

    def open_copy(page=None):
        shutil.copytree(DRIVER, tmp_path / "site")
        shutil.copytree(delivered[0], tmp_path / "site" / "page")
        if page is not None:
            (tmp_path / "site" / "page" / "page.json").write_text(json.dumps(page))
        pages.append(open_page(tmp_path / "site"))
        return pages[0]

    yield open_copy
    for page in pages:
        page.close()


def test_the_browser_answers_as_keras_does(delivered):
    delivery = delivered[1]
    assert delivery.max_abs_diff is not None
    assert delivery.max_abs_diff <= 1e-5
    assert delivery.inputs[0].shape == (1, 8, 8, 1)
    assert {"samples", "zeros"} <= set(delivery.cases)


def test_the_page_tests_itself_and_classifies_real_digits(opened, delivered, trained_digits):
    from PIL import Image

    about = json.loads((delivered[0] / "page.json").read_text(encoding="utf-8"))
    page = opened(about | {"labels": {"head": [str(digit) for digit in range(10)]}})
    assert page.backend.startswith("Self-test passed")
    with np.load(trained_digits / "samples.npz") as samples:
        digits, truth = samples["x/image"][:10], samples["y/digit"][:10]
    answers = []
    for digit in digits:
        file = io.BytesIO()
        pixels = (digit[..., 0] * 255).round().astype("uint8")
        Image.fromarray(pixels).resize((80, 80), Image.Resampling.NEAREST).save(file, "png")
        content = np.frombuffer(file.getvalue(), "uint8")
        shown = page({"file": content})["shown"].tolist()
        assert len(shown) == 5
        answers.append(shown[0])
    assert np.mean(np.array(answers) == truth) >= 0.9


def test_without_names_of_classes_the_page_shows_every_number_in_order(opened):
    sample_of_the_json_box = np.zeros(0, "uint8")
    assert opened()({"file": sample_of_the_json_box})["shown"].tolist() == [*range(10)]


def test_the_page_says_so_where_its_answers_are_not_those_of_keras(opened, delivered):
    about = json.loads((delivered[0] / "page.json").read_text(encoding="utf-8"))
    about["golden"]["outputs"]["head"]["data"] = "AAAA" * 13 + "AA=="
    assert opened(about).backend.startswith("Self-test failed")


def test_the_browser_runs_a_quantised_file(trained_digits, tmp_path):
    run = Path(shutil.copytree(trained_digits, tmp_path / "run"))
    node = {"type": "litert_web", "quantize": "int8", "calibration": {"samples": 50}}
    (delivery,) = export_run(run, {"web": node | {"max_drop": 0.1}})
    assert delivery.status == "delivered", delivery.reason
    assert delivery.quantize == "int8"
    assert "256 values" in delivery.tolerance_reason
    assert delivery.max_abs_diff is not None and delivery.max_abs_diff > 1e-5
    assert any("max_drop" in note for note in delivery.notes)


def test_a_model_of_open_length_is_refused_with_the_way_out(tmp_path):
    import keras

    series = keras.Input((None, 3), name="series")
    pooled = keras.layers.GlobalAveragePooling1D()(series)
    model = keras.Model({"series": series}, keras.layers.Dense(2, name="head")(pooled))
    with pytest.raises(Refused, match=r"`series` has an open axis \(None, 3\); give its length"):
        convert(Servable(model), tmp_path, file=litert())


def test_a_model_of_other_numbers_than_the_browser_has_is_refused(tmp_path):
    import keras

    ids = keras.Input((4,), name="ids", dtype="int64")
    model = keras.Model({"ids": ids}, keras.layers.Embedding(9, 2, name="head")(ids))
    with pytest.raises(Refused, match="the input `ids` is of int64"):
        convert(Servable(model), tmp_path, file=litert())
