"""Layers that models need and Keras lacks, named by `type: NAME` like Keras's own."""

from kerascfg.layers.feature_encoder import FeatureEncoder as FeatureEncoder
