import numpy as np

from kerascfg.data.hashing import positions, row_hashes


def test_the_hash_of_a_row_is_the_same_everywhere():
    columns = [np.array(["Köln", "Bonn"], object), np.array([1, 2]), np.array([[0.5], [1.5]])]
    assert row_hashes(columns, seed=7).tolist() == [13157562637070782851, 9655016279139733003]


def test_equal_rows_have_equal_hashes_whatever_the_type_of_the_numbers():
    whole, fractional = row_hashes([np.array([3, 0, 3])]), row_hashes([np.array([3.0, -0.0, 4])])
    assert whole[0] == whole[2] == fractional[0]
    assert whole[1] == fractional[1]
    assert fractional[2] != fractional[0]


def test_missing_values_are_equal_to_each_other():
    one, other = row_hashes([np.array([np.nan, float.fromhex("0x1p0") * np.nan])])
    assert one == other


def test_the_order_of_columns_and_the_seed_count():
    a, b = np.array([1.0, 2.0]), np.array([2.0, 1.0])
    assert row_hashes([a, b])[0] != row_hashes([b, a])[0]
    assert row_hashes([a], seed=1)[0] != row_hashes([a], seed=2)[0]


def test_positions_are_even_and_another_draw_is_independent():
    hashes = row_hashes([np.arange(20_000)])
    first, second = positions(hashes), positions(hashes, draw=1)
    for drawn in (first, second):
        assert drawn.min() >= 0 and drawn.max() < 1
        counts = np.histogram(drawn, 10, (0, 1))[0]
        assert (abs(counts - 2000) < 200).all()
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.03


def test_rows_of_different_length_are_hashed_by_what_is_in_them():
    values = np.empty(4, object)
    values[:] = [np.arange(3), np.arange(3), np.arange(4), np.array(["a", "b"], object)]
    first, same, longer, texts = row_hashes([values])
    assert first == same
    assert len({first, longer, texts}) == 3


def test_a_number_that_is_spelled_counts_as_that_number_if_asked():
    numbers = np.array([17, 0.5, np.nan])
    texts = np.array(["017", "0.50", "NA", "none", "1_7"], object)
    spelled = row_hashes([texts], spelled=True)
    assert spelled[:3].tolist() == row_hashes([numbers]).tolist()
    assert len(set(spelled.tolist())) == 5
    assert row_hashes([texts])[0] != spelled[0]
