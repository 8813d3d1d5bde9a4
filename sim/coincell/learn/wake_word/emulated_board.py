"""The emulated board as something that listens: a signal at its input, answers on one of its nets."""

from __future__ import annotations

from coincell.build.evaluation_recipe import EvaluationRecipe
from coincell.describe import BoardDescription
from coincell.engines.contract import Engine, RunRequest
from coincell.errors import InputError, did_you_mean
from coincell.image import FirmwareImage
from coincell.learn.wake_word.evaluate import RunBoard
from coincell.ports import Signal
from coincell.simtime import PS_PER_S, seconds


def emulated_board(
    board: BoardDescription, image: FirmwareImage, engine: Engine, recipe: EvaluationRecipe, seed: int
) -> RunBoard:
    """A RunBoard that runs `image` from reset for every scene and gives the times of the net's edges.

    Raises InputError when the board lacks the recipe's input or net.
    """
    nets = sorted(wire.net for wire in board.wire)
    _known(board, "input", recipe.input, sorted(board.inputs))
    _known(board, "net", recipe.net, nets)
    level = recipe.level == "high"

    def listen(signal: Signal, duration_s: float) -> list[float]:
        request = RunRequest(board, image, seconds(duration_s), {recipe.input: signal}, seed=seed)
        edges = engine.run(request).edges
        return [edge.time_ps / PS_PER_S for edge in edges if edge.net == recipe.net and edge.level == level]

    return listen


def _known(board: BoardDescription, what: str, name: str, names: list[str]) -> None:
    if name not in names:
        raise InputError(
            f"board {board.name} has no {what} of that name",
            where="app.toml",
            key=f"evaluate.{what}",
            value=name,
            allowed=names,
            mend=did_you_mean(name, names) or f"`coincell boards {board.name}` shows what it has",
        )
