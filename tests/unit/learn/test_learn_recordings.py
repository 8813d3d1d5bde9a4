"""A user's own recordings: how they are found, labelled and split; and a tiny app that learns from some."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.io import wavfile

from coincell.describe import load_board
from coincell.errors import InputError
from coincell.learn import quantise
from coincell.learn.recipe import SPLITS, read_training
from coincell.learn.recordings import recorded_scenes
from coincell.learn.train import train
from coincell.ports import Label

RECIPE = """
board = "nano33ble_sense"
classes = ["silence", "tone"]
window_s = 0.064
[truth]
classes = { "" = "silence", beep = "tone" }
[[scenes]]
count = 1
duration_s = 1
signals.microphone = { signal = "room_noise" }
[model]
kind = "network"
epochs = 8
layers = [{ kind = "dense", units = 4 }]
"""
MAIN = """
#include "features.h"
#include "hal.h"
#include "judge.h"

feature features[4];
static int16_t buffers[2][1024];
static int16_t *volatile ready;

static void on_buffer(int16_t *samples, size_t count) { (void)count; ready = samples; }

int main(void)
{
    const hal_microphone_config microphone = {
        .rate_hz = 16000, .gain_db = 0, .buffers = {buffers[0], buffers[1]}, .count = 1024,
        .on_buffer = on_buffer,
    };
    if (!hal_microphone_start(&microphone)) return 1;
    for (;;) {
        while (!ready) hal_sleep();
        const int16_t *samples = ready;
        ready = 0;
        for (int part = 0; part < 4; part++) {
            int32_t sum = 0;
            for (int i = 0; i < 256; i++) {
                int32_t x = samples[256 * part + i];
                sum += x < 0 ? -x : x;
            }
            sum >>= 14;
            features[part] = (feature)(sum > 127 ? 127 : sum);
        }
        judge(features);
    }
}
"""
FILES = {
    "app.toml": 'title = "Hears tones"\nsources = ["main.c"]\nhal = ["console", "microphone"]\n'
    'judge = "judge.c"\n[model]\nfile = "model.tflite"\n',
    "main.c": MAIN,
    "features.h": "#include <stdint.h>\ntypedef int8_t feature;\nextern feature features[4];\n",
    "judge.h": '#include "features.h"\n__attribute__((noinline)) int judge(const feature *features);\n',
    "judge.c": '#include "judge.h"\n#include "nn.h"\nint judge(const feature *f) { (void)f; return 0; }\n',
    "training.toml": RECIPE,
}
BOARD = load_board("nano33ble_sense")


@pytest.fixture
def recipe(tmp_path):
    (tmp_path / "training.toml").write_text(RECIPE)
    return read_training(tmp_path / "training.toml")


def wav(path, level=0.5, seconds=0.6):
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(int(16000 * seconds)) / 16000
    wavfile.write(path, 16000, (level * np.sin(2 * np.pi * 500 * t)).astype(np.float32))
    return path


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        wav(tmp_path / "own" / "tone" / f"{number}.wav")
        wav(tmp_path / "own" / "silence" / f"{number}.WAV", 0.0)
    return tmp_path / "own"


def labels(scene):
    return scene.make()["microphone"].labels


def test_the_folder_says_what_a_file_is_and_no_file_is_in_two_splits(recipe, folder):
    scenes = recorded_scenes(recipe, BOARD, folder, 3)
    assert {split: len(scenes[split]) for split in SPLITS} == {"training": 8, "validation": 2, "test": 2}
    files = [scene.where for split in SPLITS for scene in scenes[split]]
    assert sorted(files) == sorted(str(path) for path in folder.rglob("*.*"))
    for split in SPLITS:
        assert [scene.number for scene in scenes[split]] == list(range(len(scenes[split])))
        for scene in scenes[split]:
            assert scene.duration_s == Fraction(3, 5)
            assert labels(scene) == (() if "silence" in scene.where else (Label(0.0, 0.6, "beep"),))
    assert recorded_scenes(recipe, BOARD, folder, 3) == scenes
    assert recorded_scenes(recipe, BOARD, folder, 4) != scenes


def test_the_users_own_split_stands(recipe, tmp_path):
    for split, number in zip(SPLITS, (3, 1, 2), strict=True):
        for one in range(number):
            wav(tmp_path / split / "beep" / f"{one}.wav")
    scenes = recorded_scenes(recipe, BOARD, tmp_path, 1)
    assert {split: len(scenes[split]) for split in SPLITS} == {"training": 3, "validation": 1, "test": 2}
    assert all(split in scene.where for split in SPLITS for scene in scenes[split])


def test_a_file_of_labels_says_when(recipe, folder):
    told = "file,start_s,end_s,label\ntone/0.wav,0.1,0.2,tone\ntone/0.wav,0.3,0.5,cough\n"
    (folder / "labels.csv").write_text(told)
    scenes = recorded_scenes(recipe, BOARD, folder, 3)
    found = {scene.where: labels(scene) for split in SPLITS for scene in scenes[split]}
    assert found[str(folder / "tone" / "0.wav")] == (Label(0.1, 0.2, "beep"), Label(0.3, 0.5, "cough"))
    assert found[str(folder / "tone" / "1.wav")] == (Label(0.0, 0.6, "beep"),)


def test_a_csv_file_may_have_its_labels_and_columns_for_each_input(recipe, tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text("t;left;right;label\n0;1;2;beep\n0.5;3;4;\n1.0;5;6;\n")
    (tmp_path / "recordings.toml").write_text(
        '[signals.microphone]\ncolumns = ["right"]\ntime_column = "t"\ndelimiter = ";"\nscale = 0.001\n'
    )
    (scene,) = recorded_scenes(recipe, BOARD, tmp_path, 1)["test"]
    signal = scene.make()["microphone"]
    assert (signal.unit, signal.rate_hz, signal.labels) == ("Pa", 2, (Label(0.0, 0.5, "beep"),))
    assert signal.samples(0, 3)[:, 0] == pytest.approx([0.002, 0.004, 0.006])


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([], "no recording in this folder"),
        (["tone/a.wav", "tone/b.wav"], "at least three recordings of each"),
        (
            ["bird/a.wav", "bird/b.wav", "bird/c.wav"],
            r"no label or class[\s\S]*'bird'[\s\S]*beep, silence, tone",
        ),
        (["test/tone/a.wav"], r"a folder test, but no recording for training"),
    ],
)
def test_folders_that_do_not_do_are_refused(recipe, tmp_path, files, says):
    (tmp_path / "own").mkdir()
    for name in files:
        wav(tmp_path / "own" / name)
    with pytest.raises(InputError, match=says):
        recorded_scenes(recipe, BOARD, tmp_path / "own", 1)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("labels.csv", "file,from,to,label\n", "its first line names other columns"),
        ("labels.csv", "file,start_s,end_s,label\ntone/0.wav,soon,2,tone\n", "could not convert"),
        ("labels.csv", "file,start_s,end_s,label\nnone.wav,1,2,tone\n", r"no such recording[\s\S]*none.wav"),
        ("recordings.toml", "[signals.nose]\n", r"nose[\s\S]*microphone"),
        ("recordings.toml", "[microphone]\n", r"tables \[signals.INPUT\] and nothing else"),
        ("recordings.toml", "[signals.microphone]\nrate = 3\n", "rate"),
    ],
)
def test_mistakes_in_what_stands_beside_are_named(recipe, folder, name, text, says):
    (folder / name).write_text(text)
    with pytest.raises(InputError, match=says):
        recorded_scenes(recipe, BOARD, folder, 1)


def test_an_event_needs_its_time(tmp_path, folder):
    path = tmp_path / "training.toml"
    path.write_text(RECIPE.replace("[truth]", '[truth]\nrule = "end"'))
    with pytest.raises(InputError, match=r"wants to know when this ends[\s\S]*labels.csv"):
        recorded_scenes(read_training(path), BOARD, folder, 1)


def test_an_app_learns_from_recordings_that_its_firmware_hears(tmp_path, monkeypatch, folder):
    app = tmp_path / "root" / "firmware" / "apps" / "tones"
    app.mkdir(parents=True)
    for name, text in FILES.items():
        (app / name).write_text(text)
    monkeypatch.setenv("COINCELL_PATH", str(tmp_path / "root"))
    trained = train("tones", 1, tmp_path / "out", recordings=folder)
    report = trained.report
    assert report.model.confusion.accuracy == 1.0
    assert report.gathered["training"].n_scenes == 8
    tones = report.data.training.classes == 1
    features = report.data.training.features
    assert features[tones].min() > features[~tones].max()
    assert quantise.input_quantisation(trained.model.read_bytes()) == (1 / 32, 0)
    text = trained.report_file.read_text()
    assert "--seed 1 --data own`" in text
    assert "no recording is in two" in text


def test_options_that_do_not_go_together_are_refused():
    with pytest.raises(InputError, match=r"--with-scenes: .*\n.*--data FOLDER"):
        train("wake_word", with_scenes=True)
