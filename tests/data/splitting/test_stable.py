import numpy as np
import pytest

from kerascfg.data import Table, measured_specs
from kerascfg.data.sources.csv import csv
from kerascfg.data.splitting import SplitSettings, divide_rows

NAMES = ("train", "validation", "test")
STABLE = SplitSettings(stable=True)
GROUPED = SplitSettings(by="group", column="city", stable=True)


def people(rows, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "name": np.array([f"person {number}" for number in rng.integers(0, 10**9, rows)], object),
        "city": np.array([f"city {number}" for number in rng.integers(0, rows // 8, rows)], object),
        "age": rng.integers(0, 99, rows),
        "wage": rng.normal(size=rows),
    }


def sides(columns, split, seed=1, load=None):
    table = Table(columns, measured_specs(columns), "", load=load)
    side = np.empty(table.rows, object)
    for name, rows in divide_rows(table, {}, split, seed, "data.split").items():
        side[rows] = name
    return side


def joined(old, new):
    return {name: np.concatenate([old[name], new[name]]) for name in old}


@pytest.mark.parametrize("split", [STABLE, GROUPED], ids=["row", "group"])
@pytest.mark.parametrize("seed", range(10))
def test_ten_percent_more_rows_move_no_old_row(split: SplitSettings, seed: int):
    old, new = people(1000, seed), people(100, seed + 100)
    before = sides(old, split, seed)
    assert (sides(joined(old, new), split, seed)[:1000] == before).all()
    assert (sides(joined(new, old), split, seed)[100:] == before).all()


@pytest.mark.parametrize("fold", range(3))
def test_added_rows_move_no_old_row_to_another_fold(fold: int):
    split = SplitSettings(stable=True, fold=fold, folds=3)
    old = people(1000)
    grown = joined(old, people(100, seed=5))
    assert (sides(grown, split)[:1000] == sides(old, split)).all()


def test_stable_folds_validate_each_row_once():
    columns = people(2000)
    folds = [sides(columns, SplitSettings(stable=True, fold=fold)) for fold in range(5)]
    times = sum((fold == "validation").astype(int) for fold in folds)
    held = folds[0] == "test"
    assert (times[~held] == 1).all() and (times[held] == 0).all()
    assert all(300 < (fold == "validation").sum() < 420 for fold in folds)


def test_sizes_are_near_the_shares():
    side = sides(people(10_000), STABLE)
    assert [abs((side == name).mean() - share) < 0.012 for name, share in
            zip(NAMES, (0.8, 0.1, 0.1), strict=True)] == [True] * 3  # fmt: skip


def test_another_seed_gives_another_split():
    columns = people(1000)
    assert (sides(columns, STABLE, 1) != sides(columns, STABLE, 2)).any()


def test_no_group_is_on_two_sides():
    columns = people(1000)
    side = sides(columns, GROUPED)
    assert all(len(set(side[columns["city"] == city])) == 1 for city in set(columns["city"]))


def test_a_gap_in_a_new_row_makes_a_column_fractional_and_moves_nothing():
    old = people(500)
    new = {**people(50, seed=9), "age": np.full(50, np.nan)}
    assert (sides(joined(old, new), STABLE)[:500] == sides(old, STABLE)).all()


def test_files_stay_where_they_are_when_their_folder_is_moved():
    def files(root):
        names = [f"{root}/{'ab'[n % 2]}/{n}.png".encode() for n in range(300)]
        return {"image": np.array(names, object)}

    before, after = (sides(files(root), STABLE, load=dict) for root in ("/old/data", "/new"))
    assert (before == after).all()
    assert len(set(before)) == 3


@pytest.mark.parametrize("split", [STABLE, SplitSettings(by="group", column="team", stable=True)])
def test_a_text_in_a_new_row_makes_a_column_one_of_texts_and_moves_nothing(split, tmp_path):
    lines = ["team,age", *(f"{number % 50},{number % 7 or ''}" for number in range(400))]
    file = tmp_path / "people.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    before = sides(csv(str(file)).columns, split)
    file.write_text("\n".join([*lines, "50b,unknown"]), encoding="utf-8")
    assert (sides(csv(str(file)).columns, split)[:400] == before).all()
