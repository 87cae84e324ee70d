"""What Prometheus reads: TensorFlow Serving's own metrics, by their names and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client import Metric

PATH = "/monitoring/prometheus/metrics"
_MICROSECONDS = [10 * 1.8**power for power in range(33)]
_BATCHES = [2**power for power in range(11)]


class Metrics:
    """The metrics of one server."""

    def __init__(self, model: str, queued: Callable[[], int]):
        """Start at zero.

        Args:
            model: what clients call the model.
            queued: returns the number of samples that wait.
        """
        from prometheus_client import CollectorRegistry, Gauge, Histogram

        self._model = model
        self._registry = CollectorRegistry()
        self._requests = _Requests(model)
        self._registry.register(self._requests)
        self._latency = Histogram(
            ":tensorflow:serving:request_latency",
            "Distribution of wall time (in microseconds) for Tensorflow Serving request.",
            ["model_name", "API", "entrypoint"],
            buckets=_MICROSECONDS,
            registry=self._registry,
        )
        self._runtime = Histogram(
            ":tensorflow:serving:runtime_latency",
            "Distribution of wall time (in microseconds) for Tensorflow runtime.",
            ["model_name", "API", "runtime"],
            buckets=_MICROSECONDS,
            registry=self._registry,
        )
        self._batches = Histogram(
            ":tensorflow:serving:batching_session:processed_batch_size",
            "Samples in one call of the model.",
            ["model_name"],
            buckets=_BATCHES,
            registry=self._registry,
        )
        waiting = Gauge(
            "kerascfg_serving_queued_samples",
            "Samples that wait for the model.",
            registry=self._registry,
        )
        waiting.set_function(queued)

    def request(self, api: str, entrypoint: str, status: str, seconds: float) -> None:
        """Count an answered request; how long it took counts where it was answered well."""
        self._requests.counts[status] += 1
        if status == "OK":
            self._latency.labels(self._model, api, entrypoint).observe(seconds * 1e6)

    def call(self, runtime: str, seconds: float) -> None:
        """Count a call of the model."""
        self._runtime.labels(self._model, "Predict", runtime).observe(seconds * 1e6)

    def batch(self, samples: int) -> None:
        """Count the samples of a call."""
        self._batches.labels(self._model).observe(samples)

    def text(self) -> bytes:
        """Return the page that Prometheus reads."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)


class _Requests:
    """A counter under TensorFlow Serving's name, which lacks the `_total` that the client adds."""

    NAME = ":tensorflow:serving:request_count"

    def __init__(self, model: str):
        self._model = model
        self.counts: Counter[str] = Counter()

    def collect(self) -> Iterator[Metric]:
        from prometheus_client import Metric

        metric: Any = Metric(self.NAME, "The total number of requests.", "unknown")
        for status, count in self.counts.items():
            metric.add_sample(self.NAME, {"model_name": self._model, "status": status}, count)
        yield metric
