import pytest

from kerascfg.exporting.jobs import Job, brought_by
from kerascfg.exporting.target import build_target


@pytest.mark.parametrize(
    ("target", "module", "way_out"),
    [
        ("litert", "ai_edge_litert.interpreter", "pip install ai-edge-litert"),
        ("litert_web", "ai_edge_litert", "pip install ai-edge-litert"),
        ("torch", "torch.export", "make it again: kerascfg doctor --make torch (about 1100 MB)"),
        ("torch", "a_layer_of_ones_own", None),
        ("litert", None, None),
    ],
)
def test_an_import_that_fails_is_told_with_what_brings_it(tmp_path, target, module, way_out):
    error = ImportError("no such module", name=module)
    assert brought_by(error, Job(tmp_path, target, f"export.{target}", tmp_path)) == way_out


def test_the_browsers_file_requires_what_the_file_alone_does():
    assert build_target("litert_web", "x").requires == build_target("litert", "x").requires
