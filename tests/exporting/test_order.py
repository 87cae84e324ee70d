from pathlib import Path

from kerascfg.exporting.jobs import Job
from kerascfg.exporting.order import Order
from kerascfg.exporting.target import build_target

PLACE = "/home/ada/secret"


def test_what_is_said_of_a_delivery_names_no_places_of_the_machine():
    job = Job(Path(PLACE), "litert", "export.litert", Path(PLACE))
    order = Order("litert", build_target("litert", "export.litert"), job)
    delivery = order.outcome(
        "failed",
        f"its process died\n  File {PLACE}/model.py, line 3",
        notes=(f"made of {PLACE}/train.csv",),
        metric_reason=f"{PLACE}/truth.npz is damaged",
    )
    assert PLACE not in str(delivery.entry())
    assert delivery.reason == "its process died\n  File model.py, line 3"
    assert delivery.notes == ("made of train.csv",)
    assert delivery.metric_reason == "truth.npz is damaged"
