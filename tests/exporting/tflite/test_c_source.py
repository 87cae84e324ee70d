from kerascfg.exporting.tflite import c_source
from kerascfg.exporting.tflite.ends import End

INPUT = End("image", 0, (1, 8, 8, 1), "int8", 0.5, -128)
OUTPUT = End("digit", 0, (1, 10), "float32", 0.0, 0)


def test_the_array_is_the_file():
    content = bytes(range(256))
    assert c_source.read_source(c_source.source(content)) == content


def test_the_header_says_arena_and_ends():
    text = c_source.header(1024, [INPUT], [OUTPUT], {"labels": '{"digit":["0","1"]}'})
    assert c_source.read_arena(text) == 1024
    assert "// 0: image, int8 [1, 8, 8, 1]" in text
    assert "constexpr float kInput0Scale = 0.5f;" in text
    assert "constexpr int kInput0ZeroPoint = -128;" in text
    assert "kOutput0Scale" not in text
    assert '// labels: {"digit":["0","1"]}' in text


def test_a_text_cannot_leave_its_comment():
    text = c_source.header(1024, [], [], {"run": "a\nint evil;\\"})
    assert "// run: a int evil;/\n" in text


def test_the_header_says_for_which_kernels_the_arena_is_enough():
    text = c_source.header(1024, [INPUT], [OUTPUT], {})
    before, _, _ = text.partition("constexpr size_t kArenaSize")
    assert "reference kernels; optimised ones (CMSIS-NN, ESP-NN) may ask for more" in before


def test_a_name_of_an_end_cannot_leave_its_comment():
    ends = [End("a\nint evil;\x1b\\", 0, (1, 2), "float32", 0.0, 0)]
    assert "// 0: a int evil; /, float32 [1, 2]\n" in c_source.header(1024, ends, [], {})
