import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_forbidden_package_cannot_be_imported_in_any_way():
    done = run(
        "from kerascfg.exporting.probe import forbid; forbid(['keras'])\n"
        "import importlib\n"
        "for name in ('keras', 'keras.layers', 'keras.src.backend'):\n"
        "    try: importlib.import_module(name)\n"
        "    except ImportError as error: assert 'forbidden' in str(error), error\n"
        "    else: raise SystemExit(name)\n"
        "import json, sqlite3"
    )
    assert done.returncode == 0, done.stderr


def test_a_package_that_is_there_already_cannot_be_forbidden():
    done = run("import json; from kerascfg.exporting.probe import forbid; forbid(['json'])")
    assert "Received: ['json']" in done.stderr
