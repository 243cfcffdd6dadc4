"""The yardstick of the maths in PyTorch, one thread: reads the name of a measure a line, prints ns per call.

Measures: forward NET BATCH, learn NET BATCH (forward, cross-entropy, backward), adam NET (one step of Adam with clipping
by norm), ppo BATCH (a PPO loss on 4-64-64-2 with a separate value network, forward and backward).
What PyTorch offers against its overhead is used: no_grad for forward, set_to_none, the fused functional losses; TorchScript
and foreach are tried for Adam and the faster one counts.
"""
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(1)
SECONDS = 0.15


def network(name):
    sizes = [int(n) for n in name.split("-")]
    layers = []
    for i, (n_in, n_out) in enumerate(zip(sizes, sizes[1:])):
        layers.append(torch.nn.Linear(n_in, n_out))
        if i + 2 < len(sizes):
            layers.append(torch.nn.Tanh())
    return torch.nn.Sequential(*layers), sizes


def forward(name, batch):
    net, sizes = network(name)
    x = torch.randn(int(batch), sizes[0])

    def call():
        with torch.no_grad():
            net(x)
    return call


def learn(name, batch):
    net, sizes = network(name)
    x = torch.randn(int(batch), sizes[0])
    actions = torch.randint(sizes[-1], (int(batch),))
    parameters = list(net.parameters())

    def call():
        for p in parameters:
            p.grad = None
        F.cross_entropy(net(x), actions).backward()
    return call


def adam(name):
    def stepper(**options):
        net, sizes = network(name)
        F.cross_entropy(net(torch.randn(8, sizes[0])), torch.randint(sizes[-1], (8,))).backward()
        parameters = list(net.parameters())
        optimizer = torch.optim.Adam(parameters, lr=1e-4, eps=1e-5, **options)

        def call():
            torch.nn.utils.clip_grad_norm_(parameters, 0.5)
            optimizer.step()
        return call
    return [stepper(foreach=False), stepper(foreach=True)]


def ppo(batch):
    n = int(batch)
    actor, sizes = network("4-64-64-2")
    critic, _ = network("4-64-64-1")
    x = torch.randn(n, 4)
    actions = torch.randint(2, (n,))
    advantages, returns = torch.randn(n), torch.randn(n)
    with torch.no_grad():
        old = F.log_softmax(actor(x), 1).gather(1, actions[:, None])[:, 0]
    parameters = list(actor.parameters()) + list(critic.parameters())

    def call():
        for p in parameters:
            p.grad = None
        log_p = F.log_softmax(actor(x), 1)
        log_prob = log_p.gather(1, actions[:, None])[:, 0]
        entropy = -(log_p.exp() * log_p).sum(1)
        ratio = (log_prob - old).exp()
        surrogate = torch.min(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages)
        value = critic(x)[:, 0]
        loss = -surrogate.mean() - 0.01 * entropy.mean() + 0.5 * ((value - returns) ** 2).mean() / 2
        loss.backward()
    return call


def measure(call):
    for _ in range(5):
        call()
    n = 1
    while True:
        started = time.process_time()
        for _ in range(n):
            call()
        taken = time.process_time() - started
        if taken >= SECONDS:
            return taken / n * 1e9
        n = max(n + 1, int(n * 1.2 * SECONDS / max(taken, SECONDS / 50)))


made = {}
for line in sys.stdin:
    words = line.split()
    if line not in made:
        calls = {"forward": forward, "learn": learn, "adam": adam, "ppo": ppo}[words[0]](*words[1:])
        made[line] = calls if isinstance(calls, list) else [calls]
    print(f"{min(measure(call) for call in made[line]):.1f}", flush=True)
