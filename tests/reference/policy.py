#!/usr/bin/env python3
"""policy.py: writes tests/reference/policy.h: networks and distributions as PyTorch computes them, in float64.

Run from anywhere: /usr/bin/python3 tests/reference/policy.py. Needs torch 1.13 or later. Weights are stored (input,
output) there, so PyTorch's are transposed. Each network's loss is sum(outputs * coefficients).
"""
import os
import torch
from torch import distributions as dist

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
out = ["/* policy.h: written by policy.py with PyTorch %s: networks, gradients and distributions in float64. */" %
       torch.__version__, "#ifndef LURE_REFERENCE_POLICY_H", "#define LURE_REFERENCE_POLICY_H", ""]


def array(name, numbers, kind="double"):
    numbers = [n for n in numbers]
    text = ", ".join("%d" % n if kind != "double" else "%.17g" % n for n in numbers)
    lines, line = [], "   "
    for word in text.split(" "):
        if len(line) + len(word) > 105:
            lines.append(line)
            line = "   "
        line += " " + word
    out.append("static const %s %s[] = {\n%s};" % (kind, name, "\n".join(lines + [line])))


def flat(*tensors):
    return torch.cat([t.reshape(-1) for t in tensors]).tolist()


def transposed(t):
    return t.T if t.dim() == 2 else t


def rand(*shape):
    return (torch.randn(*shape) * 0.7).requires_grad_()


def network(name, parameters, x, y, extra=()):
    c = torch.randn(*y.shape)
    (y * c).sum().backward()
    array(name + "_parameters", flat(*parameters))
    array(name + "_observations", flat(x))
    array(name + "_coefficients", flat(c))
    array(name + "_outputs", flat(y.detach()))
    array(name + "_gradient", flat(*[p.grad for p in parameters]))
    array(name + "_input_gradient", flat(x.grad))
    out.append("")


# 3 inputs: linear 5, layer_norm, gelu, linear 4, elu, linear 4, softplus, linear 3, relu, linear 2
sizes = [(3, 5), None, (5, 4), (4, 4), (4, 3), (3, 2)]
parameters = []
for s in sizes:
    parameters += [rand(5), rand(5)] if s is None else [rand(*s), rand(s[1])]
x = rand(6, 3)
p = parameters
y = torch.nn.functional.layer_norm(x @ p[0] + p[1], (5,), p[2], p[3])
y = torch.nn.functional.gelu(y) @ p[4] + p[5]
y = torch.nn.functional.elu(y) @ p[6] + p[7]
y = torch.nn.functional.softplus(y) @ p[8] + p[9]
y = torch.relu(y) @ p[10] + p[11]
network("maps", parameters, x, y)

# 3 inputs, the second an index below 6: embedding 3, tanh, linear 2
table, w, b = rand(6, 3), rand(5, 2), rand(2)
x = torch.randn(7, 3)
x[:, 1] = torch.tensor([0, 5, 2, 2, 1, 5, 3])
x.requires_grad_()
rows = torch.nn.functional.embedding(x[:, 1].long(), table)
y = torch.tanh(torch.cat([x[:, :1], rows, x[:, 2:]], 1)) @ w + b
network("embedding", [table, w, b], x, y)

# 2 inputs, 5 steps of 2 environments: gru 3, linear 2; episodes begin in the middle
cell = torch.nn.GRUCell(2, 3)
w, b = rand(3, 2), rand(2)
x = rand(5, 2, 2)
first = torch.randn(2, 3)
starts = torch.tensor([[0, 1], [0, 0], [1, 0], [0, 0], [0, 1]])
state, ys = first, []
for t in range(5):
    state = cell(x[t], state * (1 - starts[t]).unsqueeze(1))
    ys.append(state @ w + b)
y = torch.stack(ys)
c = torch.randn(*y.shape)
(y * c).sum().backward()
own = [cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh]
array("gru_parameters", flat(*[transposed(q.detach()) for q in own], w, b))
array("gru_observations", flat(x))
array("gru_coefficients", flat(c))
array("gru_outputs", flat(y.detach()))
array("gru_gradient", flat(*[transposed(q.grad) for q in own], w.grad, b.grad))
array("gru_input_gradient", flat(x.grad))
array("gru_first_state", flat(first))
array("gru_last_state", flat(state.detach()))
array("gru_starts", flat(starts), "int32_t")
out.append("")


# distributions: x are the outputs before, q those now; log_prob and entropy of x with their gradients, KL(x || q)
def head(name, make, n, k, actions, log_std=None):
    x, q = rand(n, k), rand(n, k)
    s = [log_std.clone().requires_grad_()] if log_std is not None else []
    d = make(x, *s)
    now = make(q.detach(), *[t.detach() for t in s])
    log_prob = sum(one.log_prob(actions(one, i)) for i, one in enumerate(d)) if isinstance(d, list) else \
        d.log_prob(actions(d, 0))
    taken = torch.stack([actions(one, i) for i, one in enumerate(d)], -1) if isinstance(d, list) else actions(d, 0)
    array(name + "_x", flat(x))
    array(name + "_q", flat(q))
    array(name + "_actions", flat(taken), "double" if "gauss" in name or name in ("wide", "squashed") else "int32_t")
    c = torch.randn(n)
    array(name + "_coefficients", flat(c))
    array(name + "_log_prob", flat(log_prob.detach()))
    grads = torch.autograd.grad((log_prob * c).sum(), [x] + s, retain_graph=True)
    array(name + "_log_prob_back", flat(*grads))
    try:
        entropy = sum(one.entropy() for one in d) if isinstance(d, list) else d.entropy()
        array(name + "_entropy", flat(entropy.detach()))
        grads = torch.autograd.grad((entropy * c).sum(), [x] + s, allow_unused=True)
        array(name + "_entropy_back", flat(*[torch.zeros_like(v) if g is None else g for g, v in zip(grads, [x] + s)]))
    except NotImplementedError:
        pass
    if isinstance(d, list):
        kl = sum(dist.kl_divergence(a, b) for a, b in zip(d, now))
    elif isinstance(d, dist.TransformedDistribution):
        kl = dist.kl_divergence(d.base_dist, now.base_dist)
    else:
        kl = dist.kl_divergence(d, now)
    array(name + "_kl", flat(kl.detach()))
    out.append("")


n = 5
fixed = {}


def draw(key, make):
    if key not in fixed:
        fixed[key] = make()
    return fixed[key]


head("bernoulli", lambda x: dist.Bernoulli(logits=x.squeeze(1)), n, 1,
     lambda d, i: draw("b", lambda: torch.tensor([0., 1., 1., 0., 1.])))
head("categorical", lambda x: dist.Categorical(logits=x), n, 4,
     lambda d, i: draw("c", lambda: torch.tensor([0, 3, 2, 1, 3])))
head("multi", lambda x: [dist.Categorical(logits=x[:, :3]), dist.Categorical(logits=x[:, 3:])], n, 5,
     lambda d, i: draw("m%d" % i, lambda: torch.tensor([[0, 2, 1, 1, 2], [1, 0, 0, 1, 1]][i])))
legal = torch.tensor([[1, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1]])
array("masked_mask", flat(legal), "int32_t")
head("masked", lambda x: dist.Categorical(logits=x.masked_fill(legal == 0, -1e8)), n, 4,
     lambda d, i: draw("k", lambda: torch.tensor([0, 2, 0, 1, 3])))
head("gaussian", lambda x, s: dist.Independent(dist.Normal(x, s.exp().expand(n, 2)), 1), n, 2,
     lambda d, i: draw("g", lambda: torch.randn(n, 2)), torch.tensor([-0.4, 0.3]))
head("wide", lambda x: dist.Independent(dist.Normal(x[:, :2], x[:, 2:].exp()), 1), n, 4,
     lambda d, i: draw("w", lambda: torch.randn(n, 2)))
low, high = torch.tensor([-2., 0.]), torch.tensor([2., 1.])


def squash(x, s):
    base = dist.Independent(dist.Normal(x, s.exp().expand(n, 2)), 1)
    return dist.TransformedDistribution(base, [dist.TanhTransform(),
                                               dist.AffineTransform((low + high) / 2, (high - low) / 2, 1)])


head("squashed", squash, n, 2, lambda d, i: draw("s", lambda: low + (high - low) * torch.rand(n, 2)),
     torch.tensor([-0.4, 0.3]))

out.append("#endif")
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "policy.h")
with open(path, "w") as f:
    f.write("\n".join(out) + "\n")
