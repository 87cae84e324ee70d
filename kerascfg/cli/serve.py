"""`kerascfg serve`: a delivered artefact behind TensorFlow Serving's APIs."""

from __future__ import annotations

from kerascfg.cli.running import run_subcommand

_HELP = """\
Serve a delivered SavedModel or LiteRT file with TensorFlow Serving's REST and gRPC APIs, for
development and tests. Needs pip install 'kerascfg[serve]'.

  kerascfg serve run=DIR                        the SavedModel, else the LiteRT file
  kerascfg serve run=DIR target=litert port=0   another delivery, on any free port
  kerascfg serve run=DIR --json                 print the addresses as one line of JSON

  curl -d '{"instances": [...]}' http://127.0.0.1:8501/v1/models/model:predict

  target=NAME               the delivery, as exports/manifest.json names it
  name=NAME                 what clients call the model (what its delivery says, else model)
  host=127.0.0.1            the address to listen on
  port=8501 grpc_port=8500  the ports of REST and gRPC; 0 takes any that is free
  max_batch_size=32         the most samples in one call of the model
  batch_timeout_micros=0    how long a batch that is not full waits for more
  max_enqueued_batches=32   full batches that may wait; beyond: 503 and UNAVAILABLE
  max_body_bytes=67108864   the most bytes of one request; beyond: 413 and RESOURCE_EXHAUSTED
  grace_seconds=30          how long requests under way may take once it is told to stop

SIGTERM and SIGINT (Ctrl-C) end it once all requests under way are answered; a second one at once.
Exit status: 143 or 130 after SIGTERM or SIGINT, all answered; 1 failed, or requests were cut off;
2 wrong arguments, a taken port, or files that are not those that were delivered.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    return run_subcommand(argv, _HELP, _serve)


def _serve(argv: list[str]) -> int:
    """Serve until a signal."""
    import json
    from dataclasses import replace

    from kerascfg.errors import COMMAND_LINE, ConfigError
    from kerascfg.runs import open_run
    from kerascfg.serving import expect_packages, find_artefact, greeting, read_settings, serve

    settings = read_settings([argument for argument in argv if argument != "--json"])
    try:
        run = open_run(settings.run).directory
    except ConfigError as error:
        raise ConfigError([replace(p, place=COMMAND_LINE) for p in error.problems]) from error
    artefact = find_artefact(run, settings.target)
    expect_packages()
    name = settings.name or artefact.name

    def on_ready(places: dict[str, str]) -> None:
        if "--json" in argv:
            print(json.dumps({"model": name, "version": artefact.version, **places}), flush=True)
        else:
            print(greeting(artefact, name, places, run), flush=True)

    return serve(settings, artefact, on_ready)
