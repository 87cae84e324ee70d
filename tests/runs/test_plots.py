"""Pictures: that they are drawn, and what they show."""

import math
import subprocess
import sys

import pytest

from kerascfg.runs import plot_confusion, plot_history

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def figures(monkeypatch):
    """The figures that were drawn, to look into."""
    from kerascfg.runs import plots

    drawn, save = [], plots.save_figure
    monkeypatch.setattr(
        plots, "save_figure", lambda figure, file: (drawn.append(figure), save(figure, file))[1]
    )
    return drawn


def test_history_has_a_panel_for_each_metric_loss_first(tmp_path, figures):
    history = {
        "accuracy": [0.5, 0.7, 0.9],
        "learning_rate": [1e-3, 1e-4, 1e-6],
        "loss": [2.0, 1.0, 0.5],
        "val_accuracy": [0.4, 0.6, 0.8],
        "val_loss": [2.1, 1.2, 0.9],
    }
    file = plot_history(history, tmp_path / "plots" / "history.png")
    assert file.read_bytes().startswith(PNG)
    panels = figures[0].axes
    assert [panel.get_title("left") for panel in panels] == ["loss", "accuracy", "learning rate"]
    assert [len(panel.lines) for panel in panels] == [2, 2, 1]
    assert list(panels[0].lines[1].get_ydata()) == [2.1, 1.2, 0.9]
    assert list(panels[0].lines[1].get_xdata()) == [1, 2, 3]
    assert panels[2].get_yscale() == "log"


@pytest.mark.parametrize("loss", [[], [1.0], [math.nan, math.inf], [1.0, math.nan]])
def test_history_of_a_short_or_diverged_run_is_drawn(tmp_path, loss):
    assert plot_history({"loss": loss}, tmp_path / "h.png").read_bytes().startswith(PNG)


def test_confusion_counts_and_colours_by_the_share_of_the_true_class(tmp_path, figures):
    file = plot_confusion([[8, 2], [0, 5]], ["cat", "dog"], tmp_path / "confusion.png")
    assert file.read_bytes().startswith(PNG)
    axes = figures[0].axes[0]
    assert axes.get_title("left") == "13 of 15 correct (86.7%)"
    assert [text.get_text() for text in axes.texts] == ["8", "2", "5"]
    assert axes.images[0].get_array().tolist() == [[0.8, 0.2], [0.0, 1.0]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]


def test_confusion_of_many_classes_and_of_none_seen_is_drawn(tmp_path, figures):
    matrix = [[int(row == column) for column in range(120)] for row in range(120)]
    plot_confusion(
        matrix, [f"a class with a long name {n}" for n in range(120)], tmp_path / "a.png"
    )
    assert len(figures[0].axes[0].texts) == 0
    plot_confusion([[0, 0], [0, 0]], ["a", "b"], tmp_path / "b.png")
    assert (tmp_path / "b.png").read_bytes().startswith(PNG)


def test_a_failure_while_drawing_leaves_the_old_picture(tmp_path):
    file = tmp_path / "history.xyz"
    file.write_text("old")
    with pytest.raises(ValueError, match="xyz"):
        plot_history({"loss": [1.0]}, file)
    assert file.read_text() == "old"


def test_the_room_is_light_until_something_is_drawn():
    program = """
import sys
import kerascfg.runs
heavy = {"keras", "tensorflow", "matplotlib", "numpy", "sklearn", "rich", "hydra", "omegaconf"}
sys.exit(", ".join(heavy & set(sys.modules)) or 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
