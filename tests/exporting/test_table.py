import csv
import io

from rich.console import Console

from kerascfg.exporting import Delivery, delivery_table
from kerascfg.exporting.delivery import File
from kerascfg.exporting.table import size_text, three, write_csv


def timed(batch, threads, p50):
    return {"batch": batch, "threads": threads, "p50": p50, "p95": 2 * p50}


LITERT = Delivery(
    "litert_dynamic_range",
    "delivered",
    quantize="dynamic",
    files=(File("litert/model.tflite", "0" * 64, 25_752),),
    max_abs_diff=0.31,
    max_scaled_diff=4.5e-8,
    tolerance=1e-5,
    top1_agreement=1.0,
    metric=0.9833,
    metric_drop=0.0123,
    latency=(timed(1, 1, 0.0512), timed(1, 8, 0.0301)),
    load_ms=1.234,
    memory_bytes=13_856_768,
    keras_ms=79.4,
    metric_name="accuracy",
)
SERVED = Delivery(
    "saved_model",
    "delivered",
    latency=(timed(1, None, 2.457), timed(8, None, 3.766), timed(32, None, 117.8)),
)


def printed(*deliveries: Delivery, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(delivery_table(deliveries))
    return console.file.getvalue()


def test_a_delivery_is_a_row():
    text = printed(LITERT)
    for part in ("dynamic", "delivered", "25.8 kB", "4.5e-08", "1.0000", "0.9833", "0.0123"):
        assert part in text
    assert "accuracy" in text
    assert "79.4 ms" in text


def test_what_it_costs_is_a_row_for_each_number_of_threads():
    lines = printed(LITERT, SERVED).splitlines()
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert rows[2:] == [
        ["litert_dynamic_range", "1.2", "13.9 MB", "1", "0.051/0.102", "", ""],
        ["", "", "", "8", "0.030/0.060", "", ""],
        ["saved_model", "", "", "own", "2.46/4.91", "3.77/7.53", "118/236"],
    ]


def test_a_hundred_columns_hold_the_tables_whole():
    wide = printed(LITERT, SERVED, width=300).splitlines()
    assert printed(LITERT, SERVED).splitlines() == [line[:100] for line in wide]


def test_the_csv_has_a_row_a_delivery_and_a_column_a_number(tmp_path):
    refused = Delivery("onnx", "refused", "not installed: onnx\nand more")
    file = write_csv(tmp_path, [LITERT, SERVED, refused])
    with file.open(encoding="utf-8") as stream:
        litert, served, onnx = csv.DictReader(stream)
    assert (litert["target"], litert["size_bytes"]) == ("litert_dynamic_range", "25752")
    assert (litert["max_scaled_diff"], litert["tolerance"]) == ("4.5e-08", "1e-05")
    assert litert["p50_ms_batch1_threads1"] == "0.0512"
    assert litert["p95_ms_batch1_threads8"] == "0.0602"
    assert litert["p50_ms_batch8_threads1"] == ""
    assert served["p50_ms_batch32"] == "117.8"
    assert (onnx["status"], onnx["reason"]) == ("refused", "not installed: onnx")


def test_what_is_to_be_known_stands_below_the_table():
    text = printed(Delivery("litert", "delivered", notes=("starts behind `words`", "and more")))
    assert "litert: starts behind `words`" in text
    assert "litert: and more" in text


def test_a_note_that_several_share_stands_once():
    text = printed(Delivery("a", "delivered", notes=("x",)), Delivery("b", "failed", notes=("x",)))
    assert "a, b: x" in text


def test_what_was_not_delivered_says_why_below_the_table():
    text = printed(Delivery("litert", "refused", "no built-in operation for [bold]Cholesky"))
    assert "litert refused: no built-in operation for [bold]Cholesky" in text


def test_sizes_are_spelled_for_people():
    assert [size_text(n) for n in (812, 25_752, 14_000_000, 2_500_000_000)] == [
        "812 B", "25.8 kB", "14.0 MB", "2.5 GB"
    ]  # fmt: skip


def test_times_have_three_digits_that_count():
    assert [three(value) for value in (0.0512, 1.2345, 45.67, 216.9)] == [
        "0.051", "1.23", "45.7", "217"
    ]  # fmt: skip
