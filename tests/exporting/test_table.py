import io

from rich.console import Console

from kerascfg.exporting import Delivery, delivery_table
from kerascfg.exporting.delivery import File
from kerascfg.exporting.table import size_text


def printed(*deliveries: Delivery) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(delivery_table(deliveries))
    return console.file.getvalue()


def test_a_delivery_is_a_row():
    text = printed(
        Delivery(
            "litert",
            "delivered",
            files=(File("litert/model.tflite", "0" * 64, 25_752),),
            max_abs_diff=4.5e-8,
            top1_agreement=1.0,
            metric=0.9833,
            latency_ms={"p50": 0.0512, "p95": 0.0634},
            keras_ms=79.4,
            metric_name="accuracy",
        )
    )
    for part in ("litert", "delivered", "25.8 kB", "4.5e-08", "1.0000", "0.9833", "0.051", "0.063"):
        assert part in text
    assert "accuracy" in text
    assert "79.4 ms" in text


def test_what_is_to_be_known_stands_below_the_table():
    text = printed(Delivery("litert", "delivered", notes=("starts behind `words`", "and more")))
    assert "litert: starts behind `words`" in text
    assert "litert: and more" in text


def test_what_was_not_delivered_says_why_below_the_table():
    text = printed(Delivery("litert", "refused", "no built-in operation for [bold]Cholesky"))
    assert "litert refused: no built-in operation for [bold]Cholesky" in text


def test_sizes_are_spelled_for_people():
    assert [size_text(n) for n in (812, 25_752, 14_000_000, 2_500_000_000)] == [
        "812 B", "25.8 kB", "14.0 MB", "2.5 GB"
    ]  # fmt: skip
