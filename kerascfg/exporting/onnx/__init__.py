"""ONNX models: made of a Keras model, and reduced to fewer bits.

They are an artefact of their own, and the way to OpenVINO.
"""
