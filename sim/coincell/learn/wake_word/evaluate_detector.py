"""How well an app hears what its `[evaluate]` describes, by its model and by its plain rule."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from coincell import data
from coincell.build.app import build_app
from coincell.build.evaluation_recipe import EvaluationRecipe
from coincell.build.recipe import App, Judge, find_app
from coincell.describe import load_board, parse
from coincell.engines.native import NativeEngine
from coincell.errors import InputError
from coincell.image import load_image
from coincell.learn.progress import Progress
from coincell.learn.wake_word.emulated_board import emulated_board
from coincell.learn.wake_word.evaluate import Evaluation, evaluate
from coincell.learn.wake_word.evaluation_report import EvaluationReport


def evaluate_detector(
    app: App,
    changed: Mapping[str, object],
    seed: int,
    toolchain: str,
    progress: Progress = lambda _done, _what: None,
) -> EvaluationReport:
    """Run the scenes of the app's `[evaluate]`, some keys of it `changed`, on its emulated board.

    Raises InputError for an app without that table or a board that does not suit it; FirmwareCrash.
    """
    if app.recipe.evaluate is None:
        raise _not_a_detector(app)
    recipe = parse(EvaluationRecipe, {**dict(app.recipe.evaluate), **changed}, "coincell evaluate")
    board = load_board(recipe.board)
    judges = app.judges
    elves = {judge: build_app(str(app.folder), board, toolchain, judge=judge).elf for judge in judges}

    def heard_by(judge: Judge) -> Evaluation:
        before = judges.index(judge)
        listens = emulated_board(board, load_image(elves[judge]), NativeEngine(), recipe, seed)
        return evaluate(
            listens, recipe, seed, lambda done, what: progress((before + done) / len(judges), what)
        )

    return EvaluationReport(
        app=app.name,
        board=board.name,
        toolchain=toolchain,
        seed=seed,
        recipe=recipe,
        model_sha256=app.model_sha256,
        firmware_sha256=sha256(elves[judges[0]].read_bytes()).hexdigest(),
        evaluation=heard_by(judges[0]),
        rule=heard_by(judges[1]) if judges[1:] else None,
    )


def _not_a_detector(app: App) -> InputError:
    known = [name for name in data.names("firmware/apps", "") if find_app(name).recipe.evaluate]
    return InputError(
        f"app {app.name!r} does not say how it is evaluated",
        where=str(app.folder / "app.toml"),
        key="evaluate",
        allowed=known,
        mend="choose an app that does, or add [evaluate]; firmware/README.md says what it holds",
    )
