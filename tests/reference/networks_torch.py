"""What networks_driver.c writes, evaluated by PyTorch: networks(lines) gives each policy with its batch, its loss and our
results; evaluate() gives PyTorch's. Shared by test_networks.sh, which compares them, and networks.py, which keeps some of
them in a header."""
import torch
from torch import distributions as dist

MAPS = {
    "tanh": torch.tanh, "relu": torch.relu, "elu": torch.nn.functional.elu, "gelu": torch.nn.functional.gelu,
    "sigmoid": torch.sigmoid, "softplus": torch.nn.functional.softplus,
}  # fmt: skip
PARTS = ("trunk", "body", "value")


class Evaluation:
    """One network in one type: parameters are taken from the flat block in the order in which layers ask for them."""

    def __init__(self, net, dtype):
        self.net, self.plan, self.dtype = net, net["plan"], dtype
        self.leaves, self.trained, self.at, self.state_at, self.last = [], [], 0, 0, []
        self.observations = self.given("observations", -1, self.plan["n_inputs"]).requires_grad_(True)

    def given(self, kind, *shape):
        return torch.tensor(self.net["numbers"][kind], dtype=torch.float64).to(self.dtype).reshape(shape)

    def parameter(self, trained, *shape):
        n = 1
        for side in shape:
            n *= side
        block = self.net["numbers"]["parameters"][self.at : self.at + n]
        self.at += n
        leaf = torch.tensor(block, dtype=torch.float64).to(self.dtype).reshape(shape).requires_grad_(True)
        self.leaves.append(leaf)
        self.trained.append(trained)
        return leaf

    def layer(self, layer, x, last):
        kind, train = layer["kind"], layer["train"]
        units = layer["units"] or last
        if kind == "linear":
            weight = self.parameter(train[0], x.shape[1], units)
            return x @ weight + self.parameter(train[1], units)
        if kind == "layer_norm":
            gain = self.parameter(train[0], x.shape[1])
            return torch.nn.functional.layer_norm(x, (x.shape[1],), gain, self.parameter(train[1], x.shape[1]))
        if kind == "embedding":
            table, c = self.parameter(train[0], layer["indices"], units), layer["column"]
            return torch.cat([x[:, :c], torch.nn.functional.embedding(x[:, c].long(), table), x[:, c + 1 :]], 1)
        if kind == "gru":
            return self.gru(x, units, train)
        return MAPS[kind](x)

    def gru(self, x, units, train):
        weights = [self.parameter(train[0], x.shape[1], 3 * units), self.parameter(train[1], units, 3 * units)]
        biases = [self.parameter(train[2], 3 * units), self.parameter(train[3], 3 * units)]
        n_envs = self.plan["n_envs"]
        state = self.given("first_state", n_envs, -1)[:, self.state_at : self.state_at + units]
        self.state_at += units
        starts = self.given("starts", -1, n_envs, 1)
        states = []
        for step, rows in enumerate(x.reshape(-1, n_envs, x.shape[1])):
            state = state * (1 - starts[step])
            state = torch.gru_cell(rows, state, weights[0].T, weights[1].T, *biases)
            states.append(state)
        self.last.append(state.detach())
        return torch.cat(states)

    def network(self, part, x, last):
        for layer in self.net["layers"][part]:
            x = self.layer(layer, x, last)
        return x

    def distributions(self, outputs, log_std):
        """Independent of each other; each with the columns of the actions that are its own."""
        plan, head = self.plan, self.plan["head"]
        actions = self.given("actions", plan["n"], -1)
        if "gaussian" in head:
            k = plan["n_actions"]
            std = (outputs[:, k:] if log_std is None else log_std.expand(plan["n"], k)).exp()
            d = dist.Normal(outputs[:, :k], std)
            if head == "squashed_gaussian":
                low, high = self.given("bounds", 2, -1) if self.net["numbers"]["bounds"] else (-torch.ones(k), torch.ones(k))
                low, high = low.to(self.dtype), high.to(self.dtype)
                squash = [dist.TanhTransform(), dist.AffineTransform((low + high) / 2, (high - low) / 2)]
                d = dist.TransformedDistribution(d, squash, validate_args=False)
            return [(dist.Independent(d, 1, validate_args=False), actions)]
        logits = torch.cat([torch.zeros_like(outputs), outputs], 1) if head == "bernoulli" else outputs
        if self.net["numbers"]["mask"]:
            logits = logits.masked_fill(self.given("mask", plan["n"], -1) == 0, -1e8)
        sizes = self.net["sizes"] or [plan["n_actions"]]
        parts = logits.split(sizes, 1)
        return [(dist.Categorical(logits=x), actions[:, i].long()) for i, x in enumerate(parts)]

    def run(self):
        plan, terms = self.plan, self.net["terms"]
        seen = self.network("trunk", self.observations, None)
        k = plan["n_actions"]
        n_outputs = 1 if plan["head"] == "bernoulli" else 2 * k if plan["state_dependent"] else k
        outputs = self.network("body", seen, n_outputs)
        has_log_std = "gaussian" in plan["head"] and not plan["state_dependent"]
        log_std = self.parameter(plan["train_log_std"], k) if has_log_std else None
        value = self.network("value", seen, 1).squeeze(1) if self.net["layers"]["value"] else None
        each = self.distributions(outputs, log_std)
        log_prob = sum(d.log_prob(a) for d, a in each)
        entropy = -log_prob if plan["head"] == "squashed_gaussian" else sum(d.entropy() for d, _ in each)
        ratio = (log_prob - self.given("old_log_prob", -1)).exp()
        advantages, clip = self.given("advantages", -1), plan["clip"]

        def surrogate():
            return -torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)

        def value_clip():
            old, returns = self.given("old_values", -1), self.given("returns", -1)
            clipped = old + (value - old).clamp(-clip, clip)
            return torch.maximum((value - returns) ** 2, (clipped - returns) ** 2) / 2

        def kl_outputs():
            old = dist.Categorical(logits=self.given("old_outputs", plan["n"], -1))
            return dist.kl_divergence(old, dist.Categorical(logits=outputs))

        known = {
            "cross_entropy": lambda: -advantages * log_prob,
            "surrogate": surrogate, "surrogate_ops": surrogate, "value_clip": value_clip,
            "value_mse": lambda: (value - self.given("returns", -1)) ** 2,
            "entropy": lambda: -entropy,
            "kl": lambda: ratio - 1 - ratio.log(),
            "kl_outputs": kl_outputs,
            "outputs_mse": lambda: (outputs - self.given("old_outputs", plan["n"], -1)) ** 2,
        }  # fmt: skip
        loss = sum(coefficient * known[name]().mean() for name, coefficient in terms.items())
        if self.at != len(self.net["numbers"]["parameters"]):
            raise ValueError(f"{self.at} parameters are used")
        return loss


def flat(tensors):
    return [float(x) for t in tensors for x in t.reshape(-1)]


def evaluate(net, dtype):
    """As the driver's results: loss, gradients by parameters (0: not trained) and observations, last state."""
    e = Evaluation(net, dtype)
    loss = e.run()
    leaves = e.leaves + [e.observations]
    gradients = torch.autograd.grad(loss, leaves, allow_unused=True)
    gradients = [torch.zeros_like(x) if g is None else g for g, x in zip(gradients, leaves)]
    return {
        "loss": float(loss.detach()),
        "parameters": flat(g if trained else g * 0 for g, trained in zip(gradients, e.trained)),
        "observations": flat(gradients[-1:]),
        "last_state": flat([torch.cat(e.last, 1)]) if e.last else [],
    }


def pairs(words):
    for word in words:
        key, value = word.split("=")
        yield key, value


def networks(lines):
    """Yields {"seed", "plan", "sizes", "layers", "terms", "numbers", "results"}."""
    for line in lines:
        head, *words = line.split()
        if head == "network":
            net = {"seed": int(words[0]), "layers": {part: [] for part in PARTS}, "terms": {}, "numbers": {}, "results": {}}
        elif head == "plan":
            net["plan"] = {k: v if k == "head" else float.fromhex(v) if k == "clip" else int(v) for k, v in pairs(words)}
        elif head == "sizes":
            net["sizes"] = [int(w) for w in words]
        elif head == "layer":
            layer = {"kind": words[1]}
            for key, value in pairs(words[2:]):
                layer[key] = [v == "1" for v in value.split(",")] if key == "train" else int(value)
            net["layers"][words[0]].append(layer)
        elif head == "term":
            net["terms"][words[0]] = float.fromhex(words[1])
        elif head == "numbers":
            net["numbers"][words[0]] = [float.fromhex(w) for w in words[1:]]
        elif head == "result":
            net["results"][words[0]] = current = {"loss": float.fromhex(words[1])}
        elif head in ("parameters", "observations", "last_state"):
            current[head] = [float.fromhex(w) for w in words]
        elif head == "end":
            yield net


def distance(a, b):
    """The largest difference of two results, relative to the largest derivative, to the loss, or to 1."""
    if any(len(a[k]) != len(b[k]) for k in ("parameters", "observations", "last_state")):
        return float("inf")
    x, y = (r["parameters"] + r["observations"] for r in (a, b))
    scale = max([1.0] + [abs(v) for v in y])
    off = [abs(p - q) / scale for p, q in zip(x, y)] + [abs(a["loss"] - b["loss"]) / max(1.0, abs(b["loss"]))]
    off += [abs(p - q) for p, q in zip(a["last_state"], b["last_state"])]
    return max(off) if all(v == v for v in off) else float("inf")
