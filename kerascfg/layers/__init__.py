"""Layers that published models need and Keras lacks; each is named `type: NAME` like Keras's own."""

from kerascfg.layers.feature_encoder import FeatureEncoder as FeatureEncoder
