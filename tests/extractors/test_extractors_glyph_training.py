"""Training and measurement of the glyph reader: samples, splits, figures, export."""

import numpy as np
import pytest

from extractors.cutting import glyph_input
from extractors.recognition.glyphs import OnnxGlyphReader
from extractors.training import fonts, mnist
from extractors.training.alphabet import ALPHABET, GROUPS, NOT_A_CHARACTER, training_weights
from extractors.training.measure import calibration_error, figures, fit_temperature, masked
from extractors.training.samples import Drawer, Pool, Sources, Style
from extractors.training.strokes import WriterStyle, deform, designed_shapes

DRAWN = "0123456789ABGKRZネロモヲー"


@pytest.fixture(scope="module")
def sources():
    shapes = designed_shapes()
    shapes["ー"] = shapes["－"]
    shapes["ッ"] = shapes["シ"]
    return Sources(shapes, {}, {}, {})


def test_the_committed_model_speaks_the_alphabet_that_is_trained():
    assert OnnxGlyphReader().alphabet == ALPHABET
    assert sorted("".join(GROUPS.values())) == sorted(c for c in ALPHABET if c != NOT_A_CHARACTER)


def test_every_class_is_drawn_in_training():
    weights = training_weights()
    assert set(weights) == set(ALPHABET)
    assert min(weights.values()) > 0
    assert sum(weights.values()) == pytest.approx(1)


def test_the_same_seed_draws_the_same_samples(sources):
    one, two, other = (Drawer(sources, Style(), seed).pool(30, DRAWN) for seed in (4, 4, 5))
    assert (one.pictures == two.pictures).all() and (one.labels == two.labels).all()
    assert not (one.pictures == other.pictures).all()


def test_no_labelled_sample_is_empty_and_no_two_are_alike(sources):
    pool = Drawer(sources, Style(), 1).pool(120, DRAWN)
    assert pool.pictures.reshape(120, -1).any(axis=1).all()
    assert len({picture.tobytes() for picture in pool.pictures}) == 120
    assert {ALPHABET[label] for label in pool.labels} == set(DRAWN)


def test_small_kana_stand_small_and_low_in_their_box(sources):
    small = Drawer(sources, Style(), 2).pool(60, "ッ").places
    large = Drawer(sources, Style(), 2).pool(60, "ロ").places
    assert np.median(small[:, 1] - small[:, 0]) < 0.7 * np.median(large[:, 1] - large[:, 0])
    assert np.median(small[:, 0]) > np.median(large[:, 0])


def test_another_hand_moves_every_stroke_yet_keeps_the_character():
    shape = designed_shapes()["4"][0]
    rng = np.random.default_rng(0)
    lengths = []
    for _ in range(50):
        strokes = deform(rng, shape, WriterStyle(joining=0.0))
        assert len(strokes) == len(shape.points)
        every = np.concatenate(strokes)
        lengths.append(np.ptp(every, axis=0))
    assert np.std(lengths, axis=0).min() > 0.02
    assert np.mean(lengths, axis=0) == pytest.approx(np.ptp(shape.points.reshape(-1, 2), axis=0), rel=0.3)


def test_measured_digits_and_fonts_are_never_trained_on(tmp_path):
    x = np.arange(1200, dtype=np.uint32).view(np.uint8).reshape(1200, 2, 2)
    np.savez(tmp_path / "m.npz", x=x, y=np.repeat(np.arange(10, dtype=np.uint8), 120))
    train, held = (mnist.load(tmp_path / "m.npz", part) for part in (False, True))
    assert {len(part) for part in train.values()} == {100} and {len(part) for part in held.values()} == {20}
    seen = {digit.tobytes() for part in train.values() for digit in part}
    assert not seen & {digit.tobytes() for part in held.values() for digit in part}
    assert not {*fonts.HANDWRITTEN, *fonts.PRINT} & set(fonts.HELD_OUT)


def logits_for(labels, strength, rng, rate=0.9):
    """Logits of a reader that is right at the given rate and says so once divided by `strength`."""
    digits = [ALPHABET.index(c) for c in GROUPS["digits"]]
    out = np.full((len(labels), len(ALPHABET)), -20.0, np.float32)
    out[:, digits] = 0.0
    read = np.where(rng.random(len(labels)) < rate, labels, (labels + 1) % 10)
    out[np.arange(len(labels)), read] = np.log(rate / (1 - rate) * 9)
    return out * strength


def test_the_temperature_undoes_overconfidence_and_lowers_the_calibration_error():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 10, 4000)
    logits = logits_for(labels, 2.0, rng)
    pool = Pool(np.zeros((4000, 1, 1), np.uint8), np.zeros((4000, glyph_input.PLACE), np.float32), labels)
    temperature = fit_temperature([(logits, pool, "digits")])
    assert 1.7 < temperature < 2.4
    before = figures("before", logits, labels, "digits", 1.0)
    after = figures("after", logits, labels, "digits", temperature)
    assert after.masked == before.masked == pytest.approx(0.9, abs=0.02)
    assert after.ece < before.ece / 2


def test_masked_scores_keep_to_the_alphabet_and_confusions_are_named():
    labels = np.array([0, 0, 1])
    logits = np.zeros((3, len(ALPHABET)), np.float32)
    logits[[0, 1, 2], [0, 8, 1]] = 5.0
    logits[:, ALPHABET.index("ア")] = 9.0
    scores = masked(logits, GROUPS["digits"])
    assert scores.sum(axis=1) == pytest.approx(np.ones(3))
    assert (scores[:, ALPHABET.index("ア")] == 0).all()
    found = figures("set", logits, labels, "digits", 1.0)
    assert found.masked == pytest.approx(2 / 3)
    assert found.everything == 0
    assert found.confusions == (("0", "8", 1),)


def test_calibration_error_of_an_honest_and_a_boastful_reader():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 20000).astype(np.float32)
    assert calibration_error(confidence, rng.random(20000) < confidence) < 0.02
    assert calibration_error(np.full(1000, 0.99, np.float32), rng.random(1000) < 0.5) > 0.4


def test_an_exported_network_reads_as_the_trained_one_does(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    from extractors.training.export import write_metadata, write_onnx
    from extractors.training.network import GlyphNet

    torch.manual_seed(0)
    net = GlyphNet(len(ALPHABET)).eval()
    write_onnx(net, tmp_path / "glyph.onnx")
    write_metadata(tmp_path / "glyph.json", 1.5, {"seed": 0})
    cells = [np.random.default_rng(i).integers(0, 256, (30 + i, 40)).astype(np.uint8) for i in range(5)]
    pictures, places = glyph_input.prepare_many(cells)
    with torch.inference_mode():
        wanted = (net(torch.from_numpy(pictures), torch.from_numpy(places)) / 1.5).softmax(dim=1).numpy()
    assert OnnxGlyphReader(tmp_path / "glyph.onnx").probabilities(cells) == pytest.approx(wanted, abs=2e-3)
