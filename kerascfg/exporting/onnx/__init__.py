"""ONNX models: made of a Keras model, and reduced to fewer bits.

They are an artefact of their own, and the way to OpenVINO.
"""

from kerascfg.exporting.onnx.graph import onnx_model, operation_types

__all__ = ["onnx_model", "operation_types"]
