"""From a finished run to artefacts, each run in its own runtime and compared before it counts.

The room, in the order of a delivery:

| module | does |
|---|---|
| `target` | what a target is; `targets/` holds one file for each |
| `check` | the `export` group of a config, before anything is started |
| `deliver`, `order` | `export_run`: the whole walk, for all targets; one of them |
| `tools` | what a converter needs beyond kerascfg's own packages, in a folder of its own |
| `processes`, `jobs` | run a step in a process of its own, and say how one died |
| `reference`, `edges` | that process, with Keras, once: its answers, to edge cases too |
| `worker` | with Keras, for each target: conversion |
| `conversion`, `torch_graph` | the conversion by another backend of Keras; PyTorch's graph |
| `probe`, `bench` | without Keras: answers of the artefact; load time, memory, latency |
| `refusing` | which errors of a converter are an answer: the model cannot be held |
| `divisions`, `parts` | where the artefact starts and ends; what it lacks, as Python modules |
| `servable`, `samples`, `arrays` | the model by the names of its inputs and outputs; its feeds |
| `variants`, `inlining` | the same model or graph in a form that a converter knows |
| `calibration` | samples of the training split that a quantised artefact is tuned on |
| `about` | what the run says of itself: labels, versions, facts of the data |
| `onnx` | ONNX graphs, the way to OpenVINO too |
| `tflite` | LiteRT files: quantisation, metadata, C++ for microcontrollers |
| `mil`, `mil_kernels` | Core ML's programs, evaluated where there is no macOS |
| `serving` | what TensorFlow Serving wants beside a SavedModel |
| `web` | the page beside an artefact of JavaScript, and browsers and Node that run it |
| `kits` | clients beside an artefact, with a golden pair and a self-test |
| `certificate`, `score` | the comparison; the task's metric of both |
| `delivery`, `workshop` | the entry of `manifest.json`; files that appear whole or not at all |
| `verify` | whether the files are still those that were delivered |
| `table`, `chart`, `card` | what a person reads: terminal and CSV, picture, model card |
| `places` | texts without the places of this machine |
| `gate` | what deliveries must keep to |
"""

from kerascfg.exporting.check import check_export
from kerascfg.exporting.deliver import export_run
from kerascfg.exporting.delivery import Delivery, Port, read_manifest
from kerascfg.exporting.gate import GateSettings, not_met, read_gate
from kerascfg.exporting.table import delivery_table
from kerascfg.exporting.target import Lacking, Refused, Target
from kerascfg.exporting.verify import check_deliveries, unlike_manifest

__all__ = [
    "Delivery",
    "GateSettings",
    "Lacking",
    "Port",
    "Refused",
    "Target",
    "check_deliveries",
    "check_export",
    "delivery_table",
    "export_run",
    "not_met",
    "read_gate",
    "read_manifest",
    "unlike_manifest",
]
