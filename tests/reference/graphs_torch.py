"""What graphs_driver.c writes, evaluated by PyTorch: graphs(lines) gives each graph with our results and PyTorch's.
Shared by test_graphs.sh, which compares them, and graphs.py, which keeps some of them in a header."""
import torch

FUNCTIONS = {
    "add": torch.add, "subtract": torch.sub, "multiply": torch.mul, "divide": torch.div, "power": torch.pow,
    "minimum": torch.minimum, "maximum": torch.maximum, "matmul": torch.matmul,
    "negate": torch.neg, "exp": torch.exp, "expm1": torch.expm1, "log": torch.log, "log1p": torch.log1p,
    "sqrt": torch.sqrt, "square": torch.square, "abs": torch.abs, "sign": torch.sign, "tanh": torch.tanh,
    "sigmoid": torch.sigmoid, "relu": torch.relu, "elu": torch.nn.functional.elu,
    "gelu": torch.nn.functional.gelu, "softplus": torch.nn.functional.softplus, "sin": torch.sin, "cos": torch.cos,
    "cast": torch.clone,
}  # fmt: skip


def axes(x, o):
    return tuple(range(x.dim())) if o["axis"] == -1 else (o["axis"],)


def variance(x, o):
    n = 1
    for axis in axes(x, o):
        n *= x.shape[axis]
    if n < 2:  # 0 by our definition, NaN by PyTorch's
        return (x * 0).sum(axes(x, o), keepdim=o["keep"]) if x.dim() else x * 0
    return x.var(axes(x, o), unbiased=True, keepdim=o["keep"])


def extreme(x, o, pick):
    if o["axis"] == -1:
        y = pick(x.reshape(-1), 0).values
        return y.reshape([1] * x.dim()) if o["keep"] else y
    return pick(x, o["axis"], keepdim=o["keep"]).values


def reduced(x, o, f):
    if x.dim() == 0:
        return f(x.reshape(1), (0,), False)
    return f(x, axes(x, o), o["keep"])


def gather(x, index, o):
    if index.dim() == x.dim():
        return torch.gather(x, o["axis"], index)
    return torch.gather(x, x.dim() - 1, index.unsqueeze(-1)).squeeze(-1)


def sliced(x, o):
    part = slice(o["first"], o["first"] + (o["n"] - 1) * o["step"] + 1, o["step"]) if o["n"] else slice(0, 0)
    return x[(slice(None),) * o["axis"] + (part,)]


SPECIAL = {
    "clamp": lambda o, x: x.clamp(o["low"], o["high"]),
    "where": lambda o, c, x, y: torch.where(c != 0, x, y),
    "sum": lambda o, x: reduced(x, o, lambda t, a, k: t.sum(a, keepdim=k)),
    "mean": lambda o, x: reduced(x, o, lambda t, a, k: t.mean(a, keepdim=k)),
    "logsumexp": lambda o, x: reduced(x, o, lambda t, a, k: t.logsumexp(a, keepdim=k)),
    "variance": lambda o, x: variance(x, o),
    "min": lambda o, x: extreme(x, o, torch.min),
    "max": lambda o, x: extreme(x, o, torch.max),
    "softmax": lambda o, x: x.softmax(o["axis"]),
    "log_softmax": lambda o, x: x.log_softmax(o["axis"]),
    "cumulative_sum": lambda o, x: x.cumsum(o["axis"]),
    "sort": lambda o, x: x.sort(dim=o["axis"], descending=o["descending"], stable=True).values,
    "concat": lambda o, *x: torch.cat(x, o["axis"]),
    "stack": lambda o, *x: torch.stack(x, o["axis"]),
    "gather": lambda o, x, i: gather(x, i, o),
    "take": lambda o, x, i: torch.index_select(x, o["axis"], i),
    "select": lambda o, x: x.select(o["axis"], o["first"]),
    "slice": lambda o, x: sliced(x, o),
    "transpose": lambda o, x: x.transpose(o["axis"], o["other_axis"]),
    "reshape": lambda o, x: x.reshape(o["shape"]),
    "expand": lambda o, x: x.expand(o["shape"]),
}


def reals(words):
    return [float.fromhex(w) for w in words]


def options(words):
    o = {}
    for word in words:
        key, value = word.split("=")
        if key in ("low", "high"):
            o[key] = float.fromhex(value)
        elif key == "shape":
            o[key] = [int(v) for v in value.split(",")] if value else []
        else:
            o[key] = bool(int(value)) if key in ("keep", "descending") else int(value)
    return o


def evaluate(steps, dtype):
    """The loss, and {leaf: gradient} as flat lists."""
    values, leaves = {}, {}
    for kind, key, *rest in steps:
        if kind == "op":
            name, inputs, o = rest
            arguments = [values[i] for i in inputs]
            values[key] = FUNCTIONS[name](*arguments) if name in FUNCTIONS else SPECIAL[name](o, *arguments)
        else:
            shape, numbers = rest
            if kind == "index":
                values[key] = torch.tensor([int(x) for x in numbers], dtype=torch.int64).reshape(shape)
            else:
                values[key] = torch.tensor(numbers, dtype=torch.float64).to(dtype).reshape(shape)
            if kind == "leaf":
                leaves[key] = values[key].requires_grad_(True)
    loss = values[max(values)]
    gradients = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    return float(loss), {
        key: [0.0] * leaf.numel() if g is None else [float(x) for x in g.reshape(-1)]
        for (key, leaf), g in zip(leaves.items(), gradients)
    }


def graphs(lines):
    """Yields (seed, steps, {"float64": (loss, gradients), ...})."""
    for line in lines:
        words = line.split()
        colon = words.index(":") if ":" in words else len(words)
        head, tail = words[:colon], words[colon + 1 :]
        if head[0] == "graph":
            seed, steps, ours = int(head[1]), [], {}
        elif head[0] == "op":
            steps.append(("op", int(head[1]), head[2], [int(i) for i in head[3:]], options(tail)))
        elif head[0] in ("leaf", "constant", "index"):
            steps.append((head[0], int(head[1]), [int(s) for s in head[3:]], reals(tail)))
        elif head[0] == "result":
            current = {}
            ours[head[1]] = (float.fromhex(head[2]), current)
        elif head[0] == "gradient":
            current[int(head[1])] = reals(tail)
        elif head[0] == "end":
            yield seed, steps, ours


def distance(a, b):
    """The largest difference between two (loss, gradients), relative to the largest derivative, to the loss, or to 1."""
    flat = lambda r: [x for key in sorted(r[1]) for x in r[1][key]]
    x, y = flat(a), flat(b)
    if len(x) != len(y):
        return float("inf")
    scale = max([1.0] + [abs(v) for v in y])
    worst = max([abs(p - q) / scale for p, q in zip(x, y)] + [abs(a[0] - b[0]) / max(1.0, abs(b[0]))])
    return worst if worst == worst else float("inf")
