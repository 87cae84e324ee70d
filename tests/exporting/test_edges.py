import numpy as np

from kerascfg.exporting.edges import edge_rows, moved_by_rounding


def test_extremes_are_those_of_each_place_of_a_feature():
    edges = edge_rows({"x": np.array([[1.0, 9.0], [5.0, 2.0]], "float32")})
    assert edges["zeros"]["x"].tolist() == [[0, 0]]
    assert edges["smallest"]["x"].tolist() == [[1, 2]]
    assert edges["largest"]["x"].tolist() == [[5, 9]]


def test_a_missing_number_is_no_extreme():
    edges = edge_rows({"age": np.array([np.nan, 30.0, 40.0], "float32")})
    assert edges["smallest"]["age"].tolist() == [30]
    assert edges["largest"]["age"].tolist() == [40]


def test_large_numbers_lie_far_beyond_the_samples_on_both_sides():
    edges = edge_rows({"x": np.array([[-20.0], [5.0]], "float32")})
    assert edges["large"]["x"].tolist() == [[20_000]]
    assert edges["large_negative"]["x"].tolist() == [[-20_000]]


def test_small_floats_stay_finite():
    edges = edge_rows({"x": np.array([[60_000.0]], "float16")})
    assert np.isfinite(edges["large"]["x"]).all()


def test_whole_numbers_may_be_places_in_a_table_and_are_never_beyond_the_samples():
    edges = edge_rows(
        {"word": np.array([[3, 7], [9, 1]], "int32"), "age": np.array([1.0, 2.0], "float32")}
    )
    assert edges["large"]["word"].tolist() == [[9, 7]]
    assert edges["nan"]["word"].tolist() == [[3, 7]]
    assert np.isnan(edges["nan"]["age"]).all()
    assert edges["large"]["word"].dtype == "int32"


def test_of_texts_the_shortest_and_the_longest_are_extremes():
    edges = edge_rows({"town": np.array(["Bonn", "Ulm", "Heidelberg"])})
    assert edges["zeros"]["town"].tolist() == [""]
    assert edges["smallest"]["town"].tolist() == ["Ulm"]
    assert edges["largest"]["town"].tolist() == ["Heidelberg"]
    assert set(edges) == {"zeros", "smallest", "largest"}


def test_of_files_the_smallest_and_the_largest_are_extremes():
    files = np.empty(2, object)
    files[:] = [b"\x89PNG", b"\x89"]
    edges = edge_rows({"image": files})
    assert edges["zeros"]["image"].tolist() == [b""]
    assert edges["smallest"]["image"].tolist() == [b"\x89"]
    assert edges["largest"]["image"].tolist() == [b"\x89PNG"]


def test_rounding_moves_numbers_by_a_millionth_and_leaves_the_rest():
    rows = {"x": np.full((1, 100), 1000.0, "float32"), "word": np.array([[3]])}
    moved = moved_by_rounding(rows)
    step = np.abs(moved["x"] / rows["x"] - 1)
    assert (step > 1e-7).all()
    assert (step < 2e-6).all()
    assert moved["x"].dtype == "float32"
    assert moved["word"].tolist() == [[3]]
