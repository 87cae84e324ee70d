"""The walk from a finished run to its deliveries.

Keras is asked first, once for all targets; then all models are converted, several at once; then the
artefacts are run one after the other, so that what they are measured at is theirs. An artefact
reaches `exports/` by one rename, after its certificate has passed; whatever happens to one target,
the others go on.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerascfg.errors import ConfigError, RunError
from kerascfg.exporting.about import About, read_about
from kerascfg.exporting.arrays import read_arrays
from kerascfg.exporting.card import write_card
from kerascfg.exporting.certificate import certify, reported_cases
from kerascfg.exporting.chart import draw_deliveries
from kerascfg.exporting.check import check_export
from kerascfg.exporting.delivery import (
    Delivery,
    Port,
    describe_files,
    read_deliveries,
    sha256_of,
    write_manifest,
)
from kerascfg.exporting.jobs import ANSWERS, ASKED, CONVERTED, PROBED, REFERENCE, Job, named
from kerascfg.exporting.kits.write import deliver_kit
from kerascfg.exporting.order import Order, Unanswered, answer_of, missing_here
from kerascfg.exporting.processes import Step, processes_at_once, run_steps
from kerascfg.exporting.samples import Samples, read_samples, with_batches
from kerascfg.exporting.score import Score, score
from kerascfg.exporting.table import write_csv
from kerascfg.exporting.target import Target, build_target
from kerascfg.exporting.workshop import install, open_workshop

if TYPE_CHECKING:
    import numpy as np

Progress = Callable[[str, str], None]
"""Told a target's name and what happens to it now: converting, verifying, or its outcome."""

_EARLIER = "made of an earlier model.keras of this run: export it again"


def export_run(
    run_directory: Path,
    export: Mapping[str, Any],
    *,
    on_progress: Progress = lambda target, step: None,
) -> list[Delivery]:
    """Deliver from a finished run; write `exports/manifest.json`, and what people read of it.

    Args:
        run_directory: holds `model.keras` and `samples.npz`.
        export: name -> target's node; a name whose node is None is a target taken away.
        on_progress: told a target's name and what happens to it now.

    Returns:
        A delivery for each target, in the order of `export`. What is not delivered says why; that
        raises nothing, since the other targets are delivered all the same.

    Raises:
        ConfigError: the `export` group is wrong; nothing was started.
        RunError: the run has no model or no samples, what it says of itself or of its deliveries
            is damaged, or another export is at work in it; nothing was started.
    """
    run_directory = Path(run_directory).resolve()
    if problems := check_export(export):
        raise ConfigError(problems)
    nodes = {name: node for name, node in export.items() if node is not None}
    targets = {name: build_target(node, f"export.{name}") for name, node in nodes.items()}
    if not (run_directory / "model.keras").is_file():
        raise RunError(f"expected a finished run with a model.keras. Received: {run_directory}")
    samples, about = read_samples(run_directory), read_about(run_directory)
    model_sha256 = sha256_of(run_directory / "model.keras")
    with open_workshop(run_directory) as workshop:
        read_deliveries(run_directory)  # a damaged manifest is told now, not after the work
        orders = {
            name: Order(
                name, target, Job(run_directory, nodes[name], f"export.{name}", workshop / name)
            )
            for name, target in targets.items()
        }
        work = Export(run_directory, workshop, samples, model_sha256, on_progress)
        deliveries = work.deliver(orders)
        describe(run_directory, about, model_sha256)
    return deliveries


def describe(run_directory: Path, about: About, model_sha256: str) -> None:
    """Write what people read beside the manifest: table, chart and model card of all it lists.

    Args:
        run_directory: the finished run.
        about: what it says of itself.
        model_sha256: of its `model.keras`. What was made of another is told to be so, and is not
            in the chart, since its numbers are not this model's.
    """
    listed, drawn = [], []
    for delivery in read_deliveries(run_directory):
        if delivery.model_sha256 in (None, model_sha256):
            listed.append(delivery)
            drawn.append(delivery)
        else:
            listed.append(replace(delivery, notes=(_EARLIER, *delivery.notes)))
    exports = run_directory / "exports"
    write_csv(exports, listed)
    draw_deliveries(exports, drawn)
    write_card(run_directory, about, listed)


@dataclass(frozen=True)
class Export:
    """One export at work in its run directory."""

    run_directory: Path
    workshop: Path
    samples: Samples
    model_sha256: str
    on_progress: Progress

    def deliver(self, orders: Mapping[str, Order]) -> list[Delivery]:
        """Work on all orders; the manifest is written as each is settled."""
        settled: dict[str, Delivery] = {}
        wanted: dict[str, Order] = {}
        converted: dict[str, tuple[dict[str, Any], float]] = {}

        def settle(outcome: Delivery) -> None:
            delivery = replace(outcome, model_sha256=self.model_sha256)
            write_manifest(self.run_directory, [delivery])
            settled[delivery.target] = delivery
            self.on_progress(delivery.target, delivery.status)

        for name, order in orders.items():
            if missing := missing_here(order.target):
                settle(order.outcome("refused", missing))
            else:
                wanted[name] = order
        asked = self._ask() if wanted else {}
        if isinstance(asked, Unanswered):
            for order in wanted.values():
                settle(order.outcome(asked.status, asked.reason))
            wanted, asked = {}, {}
        steps = []
        for name, order in wanted.items():
            order.job.write()
            self.on_progress(name, "converting")
            steps.append(order.step("worker"))
        for ended in run_steps(steps, processes_at_once()):
            order = orders[ended.step.key]
            answer = answer_of(order.job.folder / CONVERTED, ended, "converting")
            if isinstance(answer, Unanswered):
                settle(order.outcome(answer.status, answer.reason, seconds=ended.seconds))
            else:
                converted[order.name] = (answer, ended.seconds)
        for name, order in wanted.items():
            if name in converted:
                self.on_progress(name, "verifying")
                made, seconds = converted[name]
                settle(self._verified(order, {**asked, **made}, seconds))
        return [settled[name] for name in orders]

    def _ask(self) -> dict[str, Any] | Unanswered:
        """Ask Keras, alone on the machine, so that its time is its own."""
        job = Job(self.run_directory, None, "export", self.workshop / ".asked")
        step = Step("", "kerascfg.exporting.reference", job.write(), job.folder / "reference.log")
        (ended,) = run_steps([step], 1)
        return answer_of(job.folder / ASKED, ended, "asking Keras")

    def _verified(self, order: Order, made: Mapping[str, Any], seconds: float) -> Delivery:
        """Run the artefact, compare it, and deliver it if it passes.

        Whatever goes wrong is told as its failure: the other targets go on.
        """
        try:
            return self._proven(order, made, seconds)
        except Exception as error:
            reason = f"verifying failed: {named(error)}\n{traceback.format_exc()}"
            return order.outcome("failed", reason, seconds=seconds)

    def _proven(self, order: Order, made: Mapping[str, Any], seconds: float) -> Delivery:
        (ended,) = run_steps([order.step("probe")], 1)
        seconds += ended.seconds
        answer = answer_of(order.job.folder / PROBED, ended, "running the artefact")
        if isinstance(answer, Unanswered):
            return order.outcome(answer.status, answer.reason, seconds=seconds)
        found = self._compared(order, answer, made)
        found = replace(found, seconds=seconds)
        if found.status == "delivered":
            return self._put_in_place(order, found, made["samples"])
        return found

    def _put_in_place(self, order: Order, delivery: Delivery, samples: int) -> Delivery:
        """Write the kit beside the artefact, and rename both to where they are delivered."""
        exports = self.run_directory / "exports"
        kit = deliver_kit(order, delivery, samples)
        install(order.job.artefact, exports / order.name)
        files = describe_files(exports, exports / order.name)
        return replace(delivery, files=files, kit=kit)

    def _compared(self, order: Order, ran: Mapping[str, Any], made: Mapping[str, Any]) -> Delivery:
        """Return the delivery that the artefact's answers make; its files are not there yet.

        Args:
            order: what was asked for.
            ran: what the probe found.
            made: what Keras was asked, and what the worker found.
        """
        reference = read_arrays(order.job.folder / REFERENCE)
        answers = _by_case(read_arrays(order.job.folder / ANSWERS))
        count, target = made["samples"], order.target
        slices = with_batches(made["cases"], any_batch=ran["any_batch"])
        reported = reported_cases(made["moves"], target.tolerance, target.quantize)
        certificate = certify(reference, answers, slices, target.tolerance, reported, ran["raised"])
        first = next(iter(ran["latency"]), None)
        known = {
            "notes": (*made["notes"], *made["unasked"], *certificate.notes),
            "metadata": made["metadata"],
            "cases": tuple(slices),
            "inputs": _ports(ran["inputs"], made["inputs"]),
            "outputs": _ports(ran["outputs"], made["outputs"]),
            "max_abs_diff": certificate.max_abs_diff,
            "max_rel_diff": certificate.max_rel_diff,
            "max_scaled_diff": certificate.max_scaled_diff,
            "cosine": certificate.cosine,
            "top1_agreement": certificate.top1_agreement,
            "differences": certificate.differences,
            "nan": certificate.nan,
            "latency_ms": first and {"p50": first["p50"], "p95": first["p95"]},
            "latency": tuple(ran["latency"]),
            "load_ms": ran["load_ms"],
            "memory_bytes": ran["memory_bytes"],
            "convert_seconds": made["convert_seconds"],
            "conversion_seconds": made["conversion_seconds"],
            "keras_ms": made["keras_ms"],
            "usage": target.usage,
            "usage_language": target.usage_language,
        }
        real = {name: reference[name][:count] for name in made["learnt"]}
        scored = "the answers could not be compared"
        if certificate.max_abs_diff is not None:
            scored = score(self.samples.truth, real, answers["samples"])
        if isinstance(scored, str):
            known["metric_reason"] = scored
        else:
            known |= {
                "metric": scored.value,
                "metric_drop": scored.drop,
                "metric_name": scored.name,
            }
        problem = certificate.problem or lost_too_much(order.target, scored)
        if problem:
            return order.outcome("failed", problem, **known)
        return order.outcome("delivered", "", **known)


def lost_too_much(target: Target, scored: Score | str) -> str | None:
    """Say that the metric on the test samples is worse than a target's `max_drop` allows."""
    if target.max_drop is None:
        return None
    if isinstance(scored, str):
        return f"max_drop takes a metric, and there is none: {scored}"
    if scored.drop <= target.max_drop:
        return None
    return (
        f"{scored.name.replace('_', ' ')} on the test samples is worse by {scored.drop:.4g}; "
        f"max_drop allows {target.max_drop:g}"
    )


def _by_case(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    answers: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        case, _, output = name.partition("/")
        answers.setdefault(case, {})[output] = array
    return answers


def _ports(ran: list[dict[str, Any]], made: list[dict[str, Any]]) -> tuple[Port, ...]:
    """Join what the artefact reports with the names in the model."""
    model_names = {entry["name"]: entry.get("model_name") for entry in made}
    return tuple(
        Port(entry["name"], tuple(entry["shape"]), entry["dtype"], model_names.get(entry["name"]))
        for entry in ran
    )
