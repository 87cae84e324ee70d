"""Core ML's operations in NumPy, for those that coremltools itself has no definition in NumPy for.

Each takes an operation of a program whose inputs have values, and returns the value of its output.
Images are `(batch, channels, height, width)`, and likewise with one or three axes of space. Sums
are taken in float32 at least.
https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


class NoKernel(Exception):  # noqa: N818 - it is an answer, not an error
    """An operation is used in a way that is not evaluated here; the message says which."""


def conv(op: Any) -> np.ndarray:
    """Convolve; the weight is `(out, in / groups, *kernel)`."""
    import numpy as np

    x, weight, groups = _wide(op.x.val), _wide(op.weight.val), int(op.groups.val)
    kernel, strides, dilations = weight.shape[2:], op.strides.val, op.dilations.val
    extents = _extents(kernel, dilations)
    x = np.pad(x, [(0, 0), (0, 0), *_padding(op, x.shape[2:], extents, strides)])
    sizes = [
        (size - extent) // stride + 1
        for size, extent, stride in zip(x.shape[2:], extents, strides, strict=True)
    ]
    by_group = weight.reshape(groups, -1, *weight.shape[1:])
    made = np.zeros((len(x), groups, by_group.shape[1], math.prod(sizes)), x.dtype)
    for place in np.ndindex(*kernel):
        seen = _seen(x, place, sizes, strides, dilations)
        seen = seen.reshape(len(x), groups, -1, math.prod(sizes))
        made += by_group[(..., *place)] @ seen
    return _biased(made.reshape(len(x), -1, *sizes), op)


def conv_transpose(op: Any) -> np.ndarray:
    """Spread each value over a kernel; the weight is `(in, out / groups, *kernel)`."""
    import numpy as np

    x, weight, groups = _wide(op.x.val), _wide(op.weight.val), int(op.groups.val)
    kernel, strides, dilations = weight.shape[2:], op.strides.val, op.dilations.val
    extents, sizes = _extents(kernel, dilations), op.outputs[0].shape[2:]
    full = [
        max((size - 1) * stride + extent, wanted)
        for size, stride, extent, wanted in zip(x.shape[2:], strides, extents, sizes, strict=True)
    ]
    by_group = weight.reshape(groups, -1, *weight.shape[1:])
    values = x.reshape(len(x), groups, x.shape[1] // groups, -1)
    made = np.zeros((len(x), groups * weight.shape[1], *full), x.dtype)
    for place in np.ndindex(*kernel):
        spread = np.swapaxes(by_group[(..., *place)], -1, -2) @ values
        target = _seen(made, place, x.shape[2:], strides, dilations)
        target += spread.reshape(target.shape)
    cut = [
        _before(op, axis, (size - 1) * stride + extent - wanted)
        for axis, (size, stride, extent, wanted) in enumerate(
            zip(x.shape[2:], strides, extents, sizes, strict=True)
        )
    ]
    inner = tuple(slice(start, start + size) for start, size in zip(cut, sizes, strict=True))
    return _biased(made[(..., *inner)], op)


def max_pool(op: Any) -> np.ndarray:
    """Take the largest value of each window."""
    import numpy as np

    return np.max(_windows(op, op.x.val, -np.inf), axis=0)


def avg_pool(op: Any) -> np.ndarray:
    """Take the mean of each window, of what is not padding where so asked."""
    import numpy as np

    x = _wide(op.x.val)
    total = np.sum(_windows(op, x, 0.0), axis=0)
    counted = np.ones_like(x) if op.exclude_padding_from_average.val else None
    return total / (
        math.prod(op.kernel_sizes.val)
        if counted is None
        else np.sum(_windows(op, counted, 0.0), axis=0)
    )


def silu(op: Any) -> np.ndarray:
    """Return x times its sigmoid."""
    import numpy as np

    x = _wide(op.x.val)
    return x * (0.5 + 0.5 * np.tanh(0.5 * x))


def batch_norm(op: Any) -> np.ndarray:
    """Normalise channels by given means and variances."""
    return _normalised(op, _channels(op.mean.val, op.x), _channels(op.variance.val, op.x))


def instance_norm(op: Any) -> np.ndarray:
    """Normalise each channel of each sample by its own mean and variance."""
    import numpy as np

    x = _wide(op.x.val)
    axes = tuple(range(2, x.ndim))
    return _normalised(op, np.mean(x, axes, keepdims=True), np.var(x, axes, keepdims=True))


def gather_nd(op: Any) -> np.ndarray:
    """Pick by the places along the last axis of `indices`."""
    import numpy as np

    batch_dims = getattr(op, "batch_dims", None)
    if batch_dims is not None and batch_dims.val:
        raise NoKernel(f"batch_dims={batch_dims.val}")
    return op.x.val[tuple(np.moveaxis(op.indices.val, -1, 0))]


def one_hot(op: Any) -> np.ndarray:
    """Return `on_value` at each index along a new axis, `off_value` elsewhere and for no class."""
    import numpy as np

    classes = np.arange(op.one_hot_vector_size.val)
    hot = np.equal(np.asarray(op.indices.val)[..., None], classes)
    made = np.where(hot, op.on_value.val, op.off_value.val)
    return np.moveaxis(made, -1, op.axis.val)


def upsample_nearest_neighbor(op: Any) -> np.ndarray:
    """Repeat rows and columns."""
    made = op.x.val
    for axis, factor in ((-2, op.scale_factor_height.val), (-1, op.scale_factor_width.val)):
        made = _picked(made, axis, made.shape[axis] * factor)
    return made


def resize_nearest_neighbor(op: Any) -> np.ndarray:
    """Pick rows and columns for a size."""
    rows = _picked(op.x.val, -2, op.target_size_height.val)
    return _picked(rows, -1, op.target_size_width.val)


def upsample_bilinear(op: Any) -> np.ndarray:
    """Interpolate rows and columns by factors."""
    aligned = bool(op.align_corners.val)
    half = getattr(op, "half_pixel_centers", None)
    half_pixel = not aligned if half is None else bool(half.val)
    if aligned and half_pixel:
        raise NoKernel("align_corners and half_pixel_centers at once")
    mode = "STRICT_ALIGN_CORNERS" if aligned else "UNALIGN_CORNERS" if half_pixel else "DEFAULT"
    made = _wide(op.x.val)
    for axis, factor in ((-2, op.scale_factor_height.val), (-1, op.scale_factor_width.val)):
        made = _interpolated(made, axis, round(made.shape[axis] * float(factor)), mode)
    return made


def resize_bilinear(op: Any) -> np.ndarray:
    """Interpolate rows and columns for a size."""
    mode = op.sampling_mode.val
    rows = _interpolated(_wide(op.x.val), -2, int(op.target_size_height.val), mode)
    return _interpolated(rows, -1, int(op.target_size_width.val), mode)


def space_to_depth(op: Any) -> np.ndarray:
    """Move blocks of space into channels, the place in the block first."""
    import numpy as np

    x, block = op.x.val, int(op.block_size.val)
    n, channels, height, width = x.shape
    parts = x.reshape(n, channels, height // block, block, width // block, block)
    parts = np.transpose(parts, (0, 3, 5, 1, 2, 4))
    return parts.reshape(n, -1, height // block, width // block)


def depth_to_space(op: Any) -> np.ndarray:
    """Move channels into blocks of space, the place in the block first."""
    import numpy as np

    x, block = op.x.val, int(op.block_size.val)
    n, channels, height, width = x.shape
    parts = x.reshape(n, block, block, channels // block**2, height, width)
    parts = np.transpose(parts, (0, 3, 4, 1, 5, 2))
    return parts.reshape(n, -1, height * block, width * block)


KERNELS: dict[str, Callable[[Any], Any]] = {
    function.__name__: function
    for function in (
        avg_pool,
        batch_norm,
        conv,
        conv_transpose,
        depth_to_space,
        gather_nd,
        instance_norm,
        max_pool,
        one_hot,
        resize_bilinear,
        resize_nearest_neighbor,
        silu,
        space_to_depth,
        upsample_bilinear,
        upsample_nearest_neighbor,
    )
}
"""Name of an operation -> how it is evaluated."""


def _wide(x: np.ndarray) -> np.ndarray:
    """Return float16 as float32."""
    import numpy as np

    return x.astype(np.float32) if x.dtype == np.float16 else x


def _extents(kernel: Sequence[int], dilations: Sequence[int]) -> list[int]:
    """Return how far a kernel reaches along each axis."""
    return [(size - 1) * step + 1 for size, step in zip(kernel, dilations, strict=True)]


def _padding(
    op: Any, sizes: Sequence[int], extents: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """Return what is added before and behind, for each axis of space."""
    pad = None if op.pad is None else [int(size) for size in op.pad.val]
    padding = []
    for axis, (size, extent, stride) in enumerate(zip(sizes, extents, strides, strict=True)):
        total = max((math.ceil(size / stride) - 1) * int(stride) + extent - size, 0)
        match op.pad_type.val:
            case "valid":
                padding.append((0, 0))
            case "custom" if pad is not None:
                padding.append((pad[2 * axis], pad[2 * axis + 1]))
            case "same":
                padding.append((total // 2, total - total // 2))
            case "same_lower":
                padding.append((total - total // 2, total // 2))
            case other:
                raise NoKernel(f"pad_type={other!r}")
    return padding


def _before(op: Any, axis: int, surplus: int) -> int:
    """Return what of a transposed convolution is cut before, along one axis of space."""
    match op.pad_type.val:
        case "valid":
            return 0
        case "custom":
            return int(op.pad.val[2 * axis])
        case "same":
            return max(surplus, 0) // 2
        case other:
            raise NoKernel(f"pad_type={other!r}")


def _seen(
    x: np.ndarray,
    place: Sequence[int],
    sizes: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> np.ndarray:
    """Return a view of what one place of the kernel sees (or writes), for each place of a grid."""
    slices = tuple(
        slice(step * dilation, step * dilation + (size - 1) * stride + 1, stride)
        for step, size, stride, dilation in zip(place, sizes, strides, dilations, strict=True)
    )
    return x[(..., *slices)]


def _windows(op: Any, x: np.ndarray, fill: float) -> np.ndarray:
    """Return, along a new first axis, what each place of a pooling window sees."""
    import numpy as np

    if op.ceil_mode.val:
        raise NoKernel("ceil_mode=True")
    kernel, strides = op.kernel_sizes.val, op.strides.val
    padding = _padding(op, x.shape[2:], kernel, strides)
    x = np.pad(x, [(0, 0), (0, 0), *padding], constant_values=fill)
    sizes, ones = op.outputs[0].shape[2:], [1] * len(kernel)
    return np.stack([_seen(x, at, sizes, strides, ones) for at in np.ndindex(*kernel)])


def _biased(x: np.ndarray, op: Any) -> np.ndarray:
    return x if op.bias is None else x + _channels(op.bias.val, op.x)


def _channels(values: np.ndarray, x: Any) -> np.ndarray:
    """Shape values by channel so that they meet `(batch, channels, ...)`."""
    return _wide(values).reshape(1, -1, *[1] * (x.rank - 2))


def _normalised(op: Any, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    import numpy as np

    made = (_wide(op.x.val) - mean) / np.sqrt(variance + op.epsilon.val)
    if op.gamma is not None:
        made = made * _channels(op.gamma.val, op.x)
    return made if op.beta is None else made + _channels(op.beta.val, op.x)


def _picked(x: np.ndarray, axis: int, size: int) -> np.ndarray:
    import numpy as np

    places = np.arange(size) * x.shape[axis] // size
    return np.take(x, places, axis)


def _interpolated(x: np.ndarray, axis: int, size: int, mode: str) -> np.ndarray:
    """Interpolate along one axis at the places that Core ML's sampling mode names."""
    import numpy as np

    given, steps = x.shape[axis], np.arange(size, dtype=np.float64)
    match mode:
        case "STRICT_ALIGN_CORNERS" | "ALIGN_CORNERS" if size > 1:
            places = steps * (given - 1) / (size - 1)
        case "DEFAULT":
            places = steps * given / size
        case "UNALIGN_CORNERS":
            places = (steps + 0.5) * given / size - 0.5
        case other:
            raise NoKernel(f"sampling_mode={other!r} to the size {size}")
    places = np.clip(places, 0, given - 1)
    low = np.floor(places).astype(int)
    high = np.minimum(low + 1, given - 1)
    part = (places - low).astype(x.dtype)
    part = part.reshape(-1, *[1] * (-1 - axis))
    return np.take(x, low, axis) * (1 - part) + np.take(x, high, axis) * part
