from matplotlib.image import imread

from kerascfg.exporting import Delivery
from kerascfg.exporting.chart import draw_deliveries
from kerascfg.exporting.delivery import File


def delivered(name, size, p50, metric):
    file = File(f"{name}/model", "0" * 64, size)
    latency = {"p50": p50, "p95": p50}
    return Delivery(
        name, "delivered", files=(file,), latency_ms=latency, metric=metric, metric_name="accuracy"
    )


def colours(file):
    pixels = (imread(file)[..., :3] * 255).astype(int).reshape(-1, 3)
    return {tuple(pixel) for pixel in pixels.tolist()}


def test_a_chart_is_coloured_by_the_metric(tmp_path):
    deliveries = [delivered("litert", 456_000, 0.06, 0.9), delivered("int8", 120_000, 0.05, 0.5)]
    file = draw_deliveries(tmp_path, deliveries)
    assert file == tmp_path / "deliveries.png"
    assert {(253, 231, 37), (68, 1, 84)} <= colours(file)  # both ends of viridis


def test_a_delivery_without_a_metric_is_a_point_too(tmp_path):
    assert draw_deliveries(tmp_path, [delivered("litert", 456_000, 0.06, None)]) is not None


def test_a_chart_that_no_longer_holds_is_removed(tmp_path):
    draw_deliveries(tmp_path, [delivered("litert", 456_000, 0.06, None)])
    assert draw_deliveries(tmp_path, []) is None
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_drawn_where_nothing_was_delivered(tmp_path):
    assert draw_deliveries(tmp_path, [Delivery("onnx", "refused", "why")]) is None
    assert list(tmp_path.iterdir()) == []
