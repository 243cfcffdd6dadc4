"""against_gymnasium.py LURE LUA_HOST SEED: our nine classic worlds beside Gymnasium itself, for test_gymnasium.sh.
Twice: by a fresh recording (random starts and 1,000 actions a world, chance included) that lua_host replays, and by
`lure trace`, as a user would run it: step by step where nothing is left to chance; else each step must be one of
Gymnasium's transitions. Prints what was compared, and the closing line."""
import json
import subprocess
import sys
import tempfile

import numpy as np

import gymnasium_record as record

LURE, LUA_HOST, SEED = sys.argv[1], sys.argv[2], int(sys.argv[3])
MARGINS = {"mountain_car_continuous": 1e-5}
counts = {"passed": 0, "failed": 0, "skipped": 0}


class Different(Exception):
    pass


def say(good, text):
    counts["passed" if good else "failed"] += 1
    print(("ok   " if good else "FAIL ") + text)


def setting(value):
    return value if isinstance(value, str) else record.lua(value)


def trace(world, start, actions, seed=None):
    """The steps that `lure trace` tells; the first is the reset."""
    words = [LURE, "trace", world.name, "--json", "--actions", ",".join(map(record.short, actions))]
    if start:
        words += ["--input", f"state={{{','.join(map(record.short, start))}}}"]
    if seed is not None:
        words += ["--seed", str(seed)]
    for option, value in world.ours.items():
        words += ["--set", f"{option}={setting(value)}"]
    ran = subprocess.run(words, capture_output=True, text=True)
    if ran.returncode != 0:
        raise Different(f"exit {ran.returncode}, {ran.stderr.strip()}\n     {' '.join(words)}")
    return json.loads(ran.stdout)["steps"]


def observed(world, state):
    """What Gymnasium shows of the state, before it rounds to single precision."""
    if world.name == "acrobot":
        return [np.cos(state[0]), np.sin(state[0]), np.cos(state[1]), np.sin(state[1]), state[2], state[3]]
    return [np.cos(state[0]), np.sin(state[0]), state[1]] if world.name == "pendulum" else state


def by_steps(world, seed):
    """Where nothing is left to chance: every observation, reward and flag of the same actions."""
    steps, worst, margin = 0, 0.0, MARGINS.get(world.name, 1e-9)
    for e in record.episodes(world, seed, 1000, 1000):
        ours = trace(world, e["start"], e["actions"])
        if len(ours) != len(e["actions"]) + 1:
            raise Different(f"{len(ours) - 1} steps, Gymnasium takes {len(e['actions'])}")
        states, rewards = [e["start"], *e["states"]], [0.0, *e["rewards"]]
        for i, step in enumerate(ours):
            theirs = [*observed(world, states[i]), rewards[i]]
            off = np.max(np.abs(np.array([*step["observation"], step["reward"]]) - np.array(theirs)))
            if not off <= margin:
                raise Different(f"start {e['start']}, step {i}: {step}, Gymnasium has {theirs}")
            worst = max(worst, off)
            last = i == len(e["actions"])
            if step["terminated"] != (last and e["ended"] == "terminated"):
                raise Different(f"start {e['start']}, step {i}: terminated is {step['terminated']}")
            if step["truncated"] != (last and e["ended"] == "truncated" and not e["after"]):
                raise Different(f"start {e['start']}, step {i}: truncated is {step['truncated']}")
        steps += len(e["actions"])
    return f"{steps} steps, off by {worst:.2g} at most"


def by_transitions(world, seed):
    """Slippery ice, rain: each step is one of Gymnasium's transitions, and not always the first of them."""
    generator, steps, places = np.random.default_rng(seed), 0, set()
    while steps < 1000:
        start = [int(generator.choice(world.wide))]
        actions = [int(a) for a in generator.integers(0, world.actions, 50)]
        ours = trace(world, start, actions, int(generator.integers(1e6)))
        before = start[0]
        for step in ours[1:]:
            after, found = step["observation"][0], None
            for place, (_, state, reward, ends) in enumerate(world.env.unwrapped.P[before][step["action"]]):
                changed = world.ours.get("fickle") and before // 4 % 5 == 4 and state // 4 == after // 4
                if (state == after or changed) and reward == step["reward"] and ends == step["terminated"]:
                    found = place
            if found is None:
                raise Different(f"from {before} by {step['action']}: {step} is none of Gymnasium's transitions")
            places.add(found)
            before = after
            steps += 1
    if world.name != "taxi" and len(places) < 3:
        raise Different("the ice is not slippery")
    return f"{steps} steps, each one of Gymnasium's transitions"


def hand_of(total, ace):
    return [1, total - 11] if ace else [min(10, total - 2), total - min(10, total - 2)]


def by_cards(world, seed):
    """Each card drawn, as told by the sums, dealt to Gymnasium's player; at the end one of its dealer's outcomes."""
    env, generator, steps = world.env.unwrapped, np.random.default_rng(seed), 0
    env.np_random = generator
    while steps < 1000:
        actions = [int(a) for a in generator.integers(0, 2, 12)]
        ours = trace(world, None, actions, int(generator.integers(1e6)))
        total, dealer, ace = ours[0]["observation"]
        player = hand_of(total, ace)
        for step in ours[1:]:
            steps += 1
            if step["action"] == 1:
                fits = []
                for card in range(1, 11):
                    env.player, env.dealer = list(player), [dealer, 10]
                    env.np_random = Given(card)
                    seen, reward, ends, _, _ = env.step(1)
                    if [list(seen), reward, ends] == [step["observation"], step["reward"], step["terminated"]]:
                        fits.append(card)
                if len(fits) != 1:
                    raise Different(f"{player} against {dealer}: {step} comes of no card")
                player = player + fits
            else:
                env.np_random, may_be = generator, set()
                for _ in range(300):
                    env.player, env.dealer = list(player), [dealer, int(generator.choice([*range(1, 11), 10, 10, 10]))]
                    may_be.add(env.step(0)[1])
                if step["reward"] not in may_be or not step["terminated"]:
                    raise Different(f"{player} against {dealer}: {step}, Gymnasium pays one of {may_be}")
    return f"{steps} steps, each one of Gymnasium's"


class Given:
    """A generator that has one card left."""

    def __init__(self, card):
        self.card = card

    def choice(self, _):
        return self.card


def replay():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/recording.lua"
        with open(path, "w", encoding="ascii") as file:
            record.write(file, SEED, dense=True, tables=folder)
        ran = subprocess.run([LUA_HOST, "tests/reference/gymnasium_replay.lua", path], capture_output=True, text=True)
    lines = ran.stdout.splitlines()
    print("\n".join(lines[:-1]) + ran.stderr)
    words = lines[-1].split() if lines else []
    if len(words) == 4 and ran.returncode in (0, 1):
        counts["passed"] += int(words[0])
        counts["failed"] += int(words[2])
    else:
        say(False, f"lua_host: exit {ran.returncode}")


def traces():
    if subprocess.run([LURE, "trace", "--help"], capture_output=True).returncode != 0:
        counts["skipped"] += 1
        print("skipped lure trace against Gymnasium: this lure has no trace")
        return
    for i, world in enumerate(record.worlds()):
        chance = world.ours.get("rainy") or (world.name == "cliff_walking" and world.ours)
        chance = chance or (world.name == "frozen_lake" and world.ours.get("slippery") is not False)
        how = by_cards if world.name == "blackjack" else by_transitions if chance else by_steps
        what = f"lure trace {world.name} {record.lua(world.ours)}"
        try:
            say(True, f"{what}: {how(world, [SEED, i])}")
        except Different as difference:
            say(False, f"{what}: {difference}")


print(f"Gymnasium {record.gymnasium.__version__}, numpy {np.__version__}, seed {SEED}")
replay()
traces()
print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
sys.exit(counts["failed"] > 0)
