import numpy as np

from kerascfg.data import describe_data, open_data


def test_each_target_is_described_with_its_own_classes(tmp_path):
    file = tmp_path / "wine.csv"
    rows = zip("abc" * 10, "xy" * 15, np.linspace(0, 1, 30), strict=True)
    file.write_text("grape,taste,hue\n" + "".join(f"{g},{t},{h:.3f}\n" for g, t, h in rows))
    config = {"source": {"type": "csv", "path": str(file)}, "target": ["grape", "taste"]}
    config["features"] = ["hue"]
    said = describe_data(open_data(config, task=None, seed=1))
    assert said == (
        "24 train, 3 validation, 3 test; hue [] float32 -> grape (3 classes: a, b, c), "
        "taste (2 classes: x, y)"
    )
