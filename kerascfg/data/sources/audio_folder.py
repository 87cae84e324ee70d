"""A folder of sounds with one folder inside for each class, named after it."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from kerascfg.data.folders import ClassFiles, find_class_files, peek_class_folders
from kerascfg.data.images import check_encoded, is_count
from kerascfg.data.peek import Peek
from kerascfg.data.table import Table, TensorSpec
from kerascfg.decoding import decode_audio
from kerascfg.errors import Problem, RunError, override


def audio_folder(
    path: str,
    samples: int | None = None,
    channels: int = 1,
    sampling_rate: int | None = None,
    encoded: bool = False,
    on_error: Literal["stop", "skip"] = "stop",
) -> Table:
    """Yield `audio` `(samples, channels)` and the target `label`, the folder's name.

    The sounds are WAV files of 16-bit samples, which become float32 from -1 to 1; they are cut, or
    filled up with silence, to one length. Their headers are read when the data is opened: all must
    agree. The folder may come divided (`train`, `validation`, `test` with the classes' folders
    inside). The fingerprint is over relative paths and sizes.

    Args:
        path: the folder.
        samples: the length, in samples.
        channels: how many each file has; none is dropped or made up.
        sampling_rate: of each file, in samples a second; null takes that of the first file.
        encoded: yield the files' bytes (a string) instead, for `DecodeAudio` in
            `model.preprocess`, where `samples` is said then.
        on_error: `skip` leaves out files that are no such sounds and lists them.

    Raises:
        RunError: a class without sounds, or a file that is no such sound.
    """
    files, skipped = _checked(
        find_class_files(path, (".wav",), "sounds"), channels, sampling_rate, on_error == "skip"
    )

    def load(row: dict[str, Any]) -> dict[str, Any]:
        import tensorflow as tf

        content = tf.io.read_file(row["audio"])
        audio = content if samples is None else decode_audio(content, samples, channels)
        return {**row, "audio": audio}

    sound = TensorSpec((samples, channels), "float32") if samples else TensorSpec((), "string")
    return Table(
        files.columns("audio"),
        {"audio": sound, "label": TensorSpec((), "string")},
        files.fingerprint,
        target="label",
        load=load,
        splits=files.splits_of_rows(),
        notes=files.notes,
        skipped=skipped,
        place=files.place,
        files=("audio",),
    )


def peek(arguments: Mapping[str, Any], path: str) -> Peek:
    """Look at the folders, not at the sounds."""
    seen = peek_class_folders(arguments, path, "audio")
    problems = [
        Problem(
            f"{path}.{name}",
            f"expected {what}, 1 or more. Received: {arguments.get(name)!r}",
            fix=override(f"{path}.{name}", usual),
        )
        for name, what, usual, is_needed in (
            ("samples", "a length in samples", 16000, not arguments.get("encoded")),
            ("channels", "a number of channels", 1, False),
            ("sampling_rate", "samples a second", 16000, False),
        )
        if (is_needed or arguments.get(name) is not None) and not is_count(arguments.get(name))
    ]
    if arguments.get("encoded"):
        problems += check_encoded(arguments, path, ("samples",), "DecodeAudio")
    return replace(seen, problems=(*seen.problems, *problems))


def _checked(
    files: ClassFiles, channels: int, sampling_rate: int | None, skip: bool
) -> tuple[ClassFiles, tuple[str, ...]]:
    """Return the files whose headers say what is expected, and the others with the reasons."""
    kept, skipped = [], []
    for row, file in enumerate(files.paths):
        try:
            sampling_rate = _read_rate(file, channels, sampling_rate)
        except RunError as error:
            if not skip:
                raise
            skipped.append(str(error))
        else:
            kept.append(row)
    return files.only(kept), tuple(skipped)


def _read_rate(file: Path, channels: int, sampling_rate: int | None) -> int:
    """Return the sampling rate that a file's header says.

    Raises:
        RunError: the file is no sound as expected.
    """
    try:
        with wave.open(str(file), "rb") as sound:
            found, bits, rate = sound.getnchannels(), 8 * sound.getsampwidth(), sound.getframerate()
    except (wave.Error, EOFError, OSError) as error:
        reason = str(error) or "it ends too early"
        raise RunError(f"{file}: expected a WAV file. Received: {reason}{_HINT}") from error
    if bits != 16:
        raise RunError(f"{file}: expected a WAV file of 16 bits. Received: {bits} bits{_HINT}")
    if found != channels:
        raise RunError(
            f"{file}: expected a WAV file with channels: {channels}. Received: {found}\n"
            f"  hint: data.source.channels={found}, if all files have as many"
        )
    if sampling_rate is not None and rate != sampling_rate:
        raise RunError(
            f"{file}: expected {sampling_rate} samples a second, as stated or as the first file "
            f"has. Received: {rate}\n  hint: convert it: ffmpeg -i OLD.wav -ar {sampling_rate} "
            "NEW.wav"
        )
    return rate


_HINT = "\n  hint: convert it: ffmpeg -i OLD -c:a pcm_s16le NEW.wav"
