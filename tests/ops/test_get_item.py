from __future__ import annotations

import pytest

from kerascfg.ops.get_item import _parsed, get_item


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[:, 0]", (slice(None), 0)),
        (":, 1:, ::2", (slice(None), slice(1, None), slice(None, None, 2))),
        ("..., -1", (..., -1)),
        ("[:, None]", (slice(None), None)),
        ("0", 0),
        ("1:-1", slice(1, -1)),
    ],
)
def test_a_text_is_read_as_python_reads_it(text: str, key: object):
    assert _parsed(text) == key


@pytest.mark.parametrize("text", ["", ":, a", "[", "1.5", "print(1)", "x][0", "True", "0, '1'"])
def test_what_is_no_key_is_refused(text: str):
    with pytest.raises(ValueError, match="expected a key such as"):
        _parsed(text)


@pytest.mark.slow
def test_it_is_a_part_of_the_tensor():
    import numpy as np

    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(get_item(x, "[:, 0]"), x[:, 0])
    np.testing.assert_array_equal(get_item(x, "..., 1:3"), x[..., 1:3])
    np.testing.assert_array_equal(get_item(x, [":", 1, "::2"]), x[:, 1, ::2])
    np.testing.assert_array_equal(get_item(x, 1), x[1])


@pytest.mark.slow
def test_a_model_takes_a_token_by_it():
    from kerascfg.model import build_model

    model = build_model(
        {
            "inputs": {"tokens": {"shape": [5, 8]}},
            "layers": {"first": {"op": "get_item", "inputs": "tokens", "key": "[:, 0]"}},
        },
        {},
    )
    assert model.output.shape == (None, 8)
