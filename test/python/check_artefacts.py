"""What Python makes of exported models: read, checked by the rules of ONNX, run, and compared with our own predictions.

Usage: python check_artefacts.py <folder of write-artefacts.ts> <root of the project>
"""

import hashlib
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pandas as pd
from safetensors import safe_open

FOLDER, ROOT = Path(sys.argv[1]), Path(sys.argv[2])
DTYPES = {"float32": "F32", "float64": "F64", "int32": "I32", "uint8": "U8", "uint32": "U32", "int64": "I64"}


def worst(found, expected):
    """The largest difference in units of 1e-5 of a number and 1e-6 of the largest one."""
    found, expected = np.asarray(found, float).ravel(), np.asarray(expected, float).ravel()
    assert found.shape == expected.shape, (found.shape, expected.shape)
    allowed = 1e-5 * np.abs(expected) + 1e-6 * np.abs(expected).max()
    return float((np.abs(found - expected) / allowed).max())


def fed(feeds):
    arrays = {}
    for feed in feeds:
        is_text = any(isinstance(cell, str) for cell in feed["data"])
        data = feed["data"] if is_text else [math.nan if cell is None else cell for cell in feed["data"]]
        arrays[feed["name"]] = np.array(data, dtype=object if is_text else float).reshape(feed["shape"])
    return arrays


def outcome(session, feeds):
    names = [output.name for output in session.get_outputs()]
    return session.run(["value" if "value" in names else "probabilities"], feeds)[0]


def check_onnx(name, case):
    path = str(FOLDER / f"{name}.onnx")
    onnx.checker.check_model(path, full_check=True)
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = worst(outcome(session, fed(case["feeds"])), case["expected"])
    own = json.loads(session.get_modelmeta().custom_metadata_map["self_test"])
    replayed = outcome(session, fed(case["selfTest"])).ravel()
    expected = np.asarray(own["expected"]).ravel()
    allowed = own["absolute"] + own["relative"] * np.abs(expected)
    assert (np.abs(replayed - expected) <= allowed).all(), f"{name}: the self-test differs"
    assert found <= 1, f"{name}: {found} times what is allowed"
    print(f"{name}.onnx: checked, worst {found:.2g} of what is allowed on {len(case['expected'])} numbers, self-test passed")


def checksum(metadata, tensors):
    """As docs/model-file.md tells it."""
    texts = sorted(([key, text] for key, text in metadata.items() if key != "sha256"), key=lambda pair: pair[0])
    arrays = [
        [key, DTYPES[str(array.dtype)], list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]
        for key, array in sorted(tensors.items())
    ]
    text = json.dumps([texts, arrays], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_bundle(path):
    with safe_open(str(path), "numpy") as file:
        metadata = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}
    assert metadata["format"] == "lrnn-automl", metadata["format"]
    assert checksum(metadata, tensors) == metadata["sha256"], f"{path}: the checksum differs"
    model = json.loads(metadata["model"])
    wanted = {f"{m['name']}/{f}/{t}" for m in model["members"] for f, fold in enumerate(m["folds"]) for t in fold["tensors"]}
    assert wanted == set(tensors), f"{path}: tensors differ"
    print(f"{path.name}: version {metadata['format_version']}, {len(tensors)} tensors, checksum right")


def check_documented_feeding(case):
    """The example in docs/exports.md, as it stands there, on a table read by pandas."""
    text = (ROOT / "docs/exports.md").read_text(encoding="utf8")
    code = next(block for block in re.findall(r"```python\n(.*?)```", text, re.S) if "def feed" in block)
    code = code.replace("ensemble.onnx", str(FOLDER / "penguins.onnx"))
    frame = pd.read_csv(ROOT / "datasets/penguins.csv", dtype=str, keep_default_na=False)
    found = {"frame": frame}
    exec(code, found)  # the project's own page
    far = worst(found["probabilities"], case["expected"])
    assert far <= 1, f"docs/exports.md: {far} times what is allowed"
    print(f"docs/exports.md: its example predicts {len(frame)} rows, worst {far:.2g} of what is allowed")


def main():
    print(f"Python {sys.version.split()[0]}, onnx {onnx.__version__}, onnxruntime {ort.__version__}")
    cases = {path.stem: json.loads(path.read_text(encoding="utf8")) for path in sorted(FOLDER.glob("*.json"))}
    for name, case in cases.items():
        check_onnx(name, case)
    for path in sorted(FOLDER.glob("*.safetensors")) + sorted((ROOT / "test/export/fixtures").glob("*.safetensors")):
        check_bundle(path)
    check_documented_feeding(cases["penguins"])


main()
