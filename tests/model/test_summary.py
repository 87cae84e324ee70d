from __future__ import annotations

import textwrap

import pytest
import yaml

from kerascfg.model import build_graph
from kerascfg.model.summary import Row, Totals, summarize

pytestmark = pytest.mark.slow


def summary(text: str) -> tuple[dict[str, Row], Totals]:
    rows, totals = summarize(build_graph(yaml.safe_load(textwrap.dedent(text)), {}))
    return {row.name: row for row in rows}, totals


def flops(inputs: str, node: str) -> int | None:
    rows, totals = summary(f"inputs: {inputs}\nlayers: {{n: {node}}}")
    assert totals.flops == rows["n"].flops
    return totals.flops


@pytest.mark.parametrize(
    ("inputs", "node", "count"),
    [
        ("{x: {shape: [10]}}", "{type: Dense, units: 5}", 2 * 10 * 5),
        ("{x: {shape: [8, 8, 3]}}", "{type: Conv2D, filters: 4, kernel_size: 3, padding: same}",
         2 * 64 * 4 * 27),
        ("{x: {shape: [8, 8, 4]}}", "{type: Conv2D, filters: 4, kernel_size: 3, groups: 2}",
         2 * 36 * 4 * 9 * 2),
        ("{x: {shape: [8, 8, 3]}}", "{type: DepthwiseConv2D, kernel_size: 3}", 2 * 36 * 3 * 9),
        ("{x: {shape: [4, 4, 3]}}", "{type: Conv2DTranspose, filters: 5, kernel_size: 2, "
         "strides: 2}", 2 * 16 * 3 * 4 * 5),
        ("{x: {shape: [4, 4, 4, 2]}}", "{type: Conv3D, filters: 3, kernel_size: 2}",
         2 * 27 * 3 * 16),
        ("{x: {shape: [10, 4]}}", "{type: LSTM, units: 8}", 10 * 2 * 4 * 8 * (4 + 8)),
        ("{x: {shape: [6, 4]}}", "{type: EinsumDense, equation: 'abc,cd->abd', "
         "output_shape: [6, 5]}", 2 * 6 * 4 * 5),
        ("{x: {shape: [4, 4]}}", "{op: matmul, inputs: [x, x]}", 2 * 4 * 4 * 4),
        ("{x: {shape: [4]}}", "{type: ReLU}", 0),
        ("{x: {shape: [8, 8, 3]}}", "{type: RandomRotation, factor: 0.5}", 0),
    ],
)  # fmt: skip
def test_products_and_convolutions_are_counted_a_multiply_add_as_two(inputs, node, count):
    assert flops(inputs, node) == count


def test_a_published_network_has_its_published_cost():
    rows, totals = summary(
        """
        inputs: {image: {shape: [224, 224, 3]}}
        layers: {net: {type: keras.applications.ResNet50, weights: null}}
        """
    )
    assert totals.flops is not None
    assert round(totals.flops / 2e9, 1) == 3.9  # He et al. (2015): 3.8 x 10^9 multiply-adds
    assert (rows["net"].kind, rows["net"].parameters) == ("model", 25_636_712)
    assert totals.parameters == 25_636_712


def test_steps_that_are_not_fixed_make_the_count_unknown():
    assert flops("{x: {shape: [null, 4]}}", "{type: LSTM, units: 8}") is None
    assert flops("{x: {shape: [null, 4]}}", "{type: Dense, units: 8}") is None


def test_a_layer_called_again_costs_again_but_holds_its_weights_once():
    rows, totals = summary(
        """
        inputs: {a: {shape: [4]}, b: {shape: [4]}}
        blocks: {tower: {layers: {d: {type: Dense, units: 3}}}}
        layers:
          one: {block: tower, inputs: a}
          two: {share: one, inputs: b}
          both: {type: Add, inputs: [one, two]}
        """
    )
    assert (rows["one"].parameters, rows["two"].parameters) == (15, 0)
    assert rows["one"].flops == rows["two"].flops == 24
    assert (totals.parameters, totals.flops) == (15, 48)
    assert (rows["two"].kind, rows["two"].type) == ("share", "one")


def test_memory_is_of_one_sample_in_its_dtypes():
    rows, totals = summary(
        """
        inputs: {x: {shape: [4], dtype: int32}}
        layers:
          e: {type: Embedding, input_dim: 10, output_dim: 2, dtype: float16}
          f: {type: Flatten, dtype: float16}
        """
    )
    assert [rows[name].activation_bytes for name in ("x", "e", "f")] == [16, 16, 16]
    assert rows["e"].weight_bytes == 40
    assert totals.activation_bytes == 48


def test_rows_say_what_feeds_them_their_block_and_the_output():
    rows, _ = summary(
        """
        inputs: {x: {shape: [4]}}
        blocks:
          res: {layers: {d: {type: Dense, units: 4}, add: {type: Add, inputs: [d, input]}}}
        layers:
          s: {block: res, repeat: 2}
          head: {type: Dense, units: 1}
        """
    )
    assert rows["s_1_add"].inputs == ("s_1_d", "s_0_add")
    assert [row.group for row in rows.values()] == ["", "s_0", "s_0", "s_1", "s_1", ""]
    assert [name for name, row in rows.items() if row.is_output] == ["head"]


def test_a_tapped_backbone_is_counted():
    rows, _ = summary(
        """
        inputs: {x: {shape: [32, 32, 3]}}
        layers:
          back: {type: keras.applications.MobileNetV2, include_top: false, weights: null}
          low: {type: GlobalAveragePooling2D, inputs: back.block_1_expand}
          high: {type: GlobalAveragePooling2D, inputs: back}
          both: {type: Concatenate, inputs: [low, high]}
        """
    )
    assert (rows["back"].flops or 0) > 10**6
    assert len(rows["back"].shapes) == 2
