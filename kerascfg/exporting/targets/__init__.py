"""The targets by name: what `export.NAME.type` may say, each from a file of its own."""

from kerascfg.exporting.targets.coreml import coreml as coreml
from kerascfg.exporting.targets.executorch import executorch as executorch
from kerascfg.exporting.targets.keras import keras as keras
from kerascfg.exporting.targets.litert import litert as litert
from kerascfg.exporting.targets.litert_web import litert_web as litert_web
from kerascfg.exporting.targets.onnx import onnx as onnx
from kerascfg.exporting.targets.openvino import openvino as openvino
from kerascfg.exporting.targets.saved_model import saved_model as saved_model
from kerascfg.exporting.targets.stablehlo import stablehlo as stablehlo
from kerascfg.exporting.targets.tfjs import tfjs as tfjs
from kerascfg.exporting.targets.tflm import tflm as tflm
from kerascfg.exporting.targets.torch import torch as torch
