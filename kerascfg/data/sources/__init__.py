"""The sources that a config names by `data.source`: one file each, one line each in this table.

The table is read, not run: a check imports the one source that its config names.
"""

import typing

if typing.TYPE_CHECKING:
    from kerascfg.data.sources.arrow import arrow as arrow
    from kerascfg.data.sources.audio_folder import audio_folder as audio_folder
    from kerascfg.data.sources.breast_cancer import breast_cancer as breast_cancer
    from kerascfg.data.sources.csv import csv as csv
    from kerascfg.data.sources.diabetes import diabetes as diabetes
    from kerascfg.data.sources.digits import digits as digits
    from kerascfg.data.sources.hdf5 import hdf5 as hdf5
    from kerascfg.data.sources.huggingface import huggingface as huggingface
    from kerascfg.data.sources.image_folder import image_folder as image_folder
    from kerascfg.data.sources.image_table import image_table as image_table
    from kerascfg.data.sources.jsonl import jsonl as jsonl
    from kerascfg.data.sources.keras_dataset import keras_dataset as keras_dataset
    from kerascfg.data.sources.memory import memory as memory
    from kerascfg.data.sources.npy import npy as npy
    from kerascfg.data.sources.npz import npz as npz
    from kerascfg.data.sources.parquet import parquet as parquet
    from kerascfg.data.sources.segmentation import segmentation as segmentation
    from kerascfg.data.sources.sequences import sequences as sequences
    from kerascfg.data.sources.sklearn import sklearn as sklearn
    from kerascfg.data.sources.text_folder import text_folder as text_folder
    from kerascfg.data.sources.tfds import tfds as tfds
    from kerascfg.data.sources.tfrecord import tfrecord as tfrecord
    from kerascfg.data.sources.time_series import time_series as time_series
    from kerascfg.data.sources.wine import wine as wine
