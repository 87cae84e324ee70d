"""Layers that models need and Keras lacks, named by `type: NAME` like Keras's own."""

from kerascfg.layers.class_names import ClassNames as ClassNames
from kerascfg.layers.class_token import ClassToken as ClassToken
from kerascfg.layers.decode_audio import DecodeAudio as DecodeAudio
from kerascfg.layers.decode_image import DecodeImage as DecodeImage
from kerascfg.layers.feature_encoder import FeatureEncoder as FeatureEncoder
from kerascfg.layers.feature_space import FeatureSpace as FeatureSpace
from kerascfg.layers.fill_missing import FillMissing as FillMissing
from kerascfg.layers.layer_scale import LayerScale as LayerScale
from kerascfg.layers.position_embedding import PositionEmbedding as PositionEmbedding
from kerascfg.layers.stochastic_depth import StochasticDepth as StochasticDepth
