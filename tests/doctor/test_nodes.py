import pytest

from kerascfg import naming
from kerascfg.config.folders import shipped_conf
from kerascfg.doctor.nodes import targets_looked_at


@pytest.fixture(scope="module")
def targets():
    return targets_looked_at()


def test_every_file_of_the_group_has_a_line(targets):
    assert {file.stem for file in (shipped_conf() / "export").glob("*.yaml")} <= targets.keys()


def test_every_target_has_a_line(targets):
    assert set(naming.names_of_area("target")) <= targets.keys()


def test_what_quantising_needs_is_looked_at(targets):
    assert "ai_edge_quantizer" in targets["litert_int8"].requires
    assert "ai_edge_quantizer" not in targets["litert"].requires


def test_a_mode_that_no_file_offers_has_a_line_where_it_needs_more(targets):
    assert "nncf" in targets["openvino quantize=int8"].requires
    spelled = [name for name in targets if "=" in name]
    assert spelled == ["litert_web quantize=float16", "openvino quantize=int8"]
