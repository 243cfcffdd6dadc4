#!/usr/bin/env bash
# test_checkpoint.sh: a checkpoint written by the store (store_driver.c, command "checkpoint") is read by a program that
# shares nothing with it: Python's json and struct, by the letter of the safetensors format, and by the safetensors
# package itself where it is installed. Takes the driver's path as its argument, else $BUILD/store_driver.
set -u
driver=$(realpath "${1:-${BUILD:-build/release}/store_driver}") || exit 2
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
if ! command -v python3 >/dev/null; then
    echo 'skipped checkpoints read by another program: there is no python3'
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
fi
"$driver" checkpoint "$here/c.safetensors" || exit 1
python3 - "$here/c.safetensors" <<'PYTHON'
import json, math, struct, sys

passed = failed = skipped = 0


def check(name, actual, expected):
    global passed, failed
    if actual == expected:
        passed += 1
    else:
        failed += 1
        print(f"FAIL {name}: is {actual!r}, expected {expected!r}")


def unique(pairs):
    check("no key twice", len({key for key, _ in pairs}), len(pairs))
    return dict(pairs)


with open(sys.argv[1], "rb") as file:
    raw = file.read()
(n_header,) = struct.unpack_from("<Q", raw)
check("the header begins with a brace", raw[8:9], b"{")
check("the data are aligned", (8 + n_header) % 8, 0)
header = json.loads(raw[8 : 8 + n_header].decode("utf-8"), object_pairs_hook=unique)
data = raw[8 + n_header :]
check("metadata", header.pop("__metadata__"), {"run_id": '5f3a "x"'})

CODES = {"F32": "f", "F64": "d", "I32": "i"}
tensors, spans = {}, []
for name, tensor in header.items():
    check(f"{name}: keys", set(tensor), {"dtype", "shape", "data_offsets"})
    code, (begin, end) = CODES[tensor["dtype"]], tensor["data_offsets"]
    check(f"{name}: offsets are integers", (type(begin), type(end)), (int, int))
    check(f"{name}: aligned", begin % struct.calcsize(code), 0)
    n = math.prod(tensor["shape"])
    check(f"{name}: length", end - begin, n * struct.calcsize(code))
    spans.append((begin, end))
    tensors[name] = (tensor["dtype"], tensor["shape"], struct.unpack(f"<{n}{code}", data[begin:end]))
spans.sort()
check("no holes, no overlaps", [begin for begin, _ in spans] + [len(data)], [0] + [end for _, end in spans])


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


weights = tuple(single(x) for x in (1, -2.5, 0.1, -0.0, math.inf, 1e-40))
check("float32", tensors.get("policy.0.weight"), ("F32", [2, 3], weights))
check("minus zero", math.copysign(1, tensors["policy.0.weight"][2][3]), -1.0)
check("float64, a name with umlaut", tensors.get("policy.0.größe"), ("F64", [], (-10.1,)))
check("int32", tensors.get("counts"), ("I32", [3], (0, -1, -(2**31))))
check("empty", tensors.get("empty"), ("F64", [0, 4], ()))
check("number of tensors", len(tensors), 4)

try:
    from safetensors.numpy import load_file
except ImportError:
    skipped += 1
    print("skipped reading with the safetensors package: it is not installed")
else:
    loaded = load_file(sys.argv[1])
    for name, (_, shape, values) in tensors.items():
        check(f"package: {name}", (list(loaded[name].shape), tuple(loaded[name].flatten())), (shape, values))
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0)
PYTHON
