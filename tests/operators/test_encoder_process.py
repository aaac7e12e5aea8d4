"""The encoder in a process of its own: the same vectors, and what becomes of it when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.operators.test_encoder import LABELS
from waygraph.errors import ComputeGraphError
from waygraph.operators import encoder_process
from waygraph.operators.encoder import encode_texts
from waygraph.operators.encoder_process import encoded, start_encoder

pytestmark = pytest.mark.slow


def vectors(texts: list[str]) -> list[bytes]:
    """The vectors of texts, in their order."""
    found = {
        place: row
        for places, rows in encoded(texts, "auto")
        for place, row in zip(places, rows, strict=True)
    }
    return [found[place] for place in range(len(texts))]


def test_its_vectors_are_those_of_this_process_to_the_bit() -> None:
    texts = [*LABELS, *(f"{n} graph\n" for n in range(40))]
    assert vectors(texts) == [row.tobytes() for row in encode_texts(texts, "auto")]
    assert start_encoder("auto") is start_encoder("auto")
    assert vectors([]) == []


def test_who_stops_listening_leaves_nothing_to_the_next() -> None:
    many = [f"{n} graph" for n in range(40)]
    stopped = encoded(many, "auto")
    next(stopped)
    stopped.close()
    assert vectors(["tree"]) == [encode_texts(["tree"], "auto")[0].tobytes()]


def test_a_model_that_is_not_there_is_told_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ComputeGraphError, match="is no whole path of a folder") as caught:
            list(encoded(["tree"], "./no-such-folder"))
        assert "waygraph[models]" in caught.value.hint


def test_a_process_that_was_ended_is_told_and_the_next_is_another() -> None:
    vectors(["tree"])
    running = encoder_process._encoders["auto"]
    os.kill(running._process.pid, signal.SIGKILL)
    with pytest.raises(ComputeGraphError, match="was ended with -9") as caught:
        list(running.encoded(["tree"]))
    assert "run again" in caught.value.hint
    assert len(vectors(["tree"])[0]) == 4 * 384


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_it_ends_with_who_started_it_even_while_it_loads() -> None:
    program = (
        "import os, signal\n"
        "from waygraph.operators.encoder_process import start_encoder\n"
        "print(start_encoder('auto')._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=60)
    status, late = Path(f"/proc/{int(done.stdout)}/stat"), time.monotonic() + 60
    while status.exists() and status.read_text().split()[2] != "Z":
        assert time.monotonic() < late, "it goes on alone"
        time.sleep(0.05)


def test_a_file_of_the_current_folder_is_not_taken_for_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("torch", "msgspec", "waygraph"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken')\n")
    monkeypatch.chdir(tmp_path)
    vectors(["tree"])
    encoder_process._encoders.pop("auto").end()
    assert len(vectors(["tree"])[0]) == 4 * 384
