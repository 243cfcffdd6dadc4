#!/usr/bin/python3
"""Plays Gymnasium's nine classic worlds and writes down what happened, as Lua that tests/lua/gymnasium.lua replays in
ours. GYMNASIUM=<a checkout> gymnasium_record.py > gymnasium.lua writes the recording that the suite keeps: it needs
python3-numpy and Gymnasium's source (v1.3.0 when it was made); the suite needs neither.

Starts are Gymnasium's own, or drawn wide and put into its state; actions are drawn, or chosen by a simple rule so that
episodes come to their ends. What falls (pole, acrobot, pendulum) doubles a difference of the last bit, in which two
sines may differ, every few steps: there an episode is told in pieces, each from Gymnasium's own state. All chance
passes through Draws, which keeps what it gave: the replay gives the same."""
import os
import sys
import types

import numpy as np

if os.environ.get("GYMNASIUM"):
    sys.path.insert(0, os.environ["GYMNASIUM"])
try:
    import farama_notifications  # noqa: F401
except ImportError:  # an empty notice board, which Gymnasium reads at its start
    sys.modules["farama_notifications"] = types.ModuleType("farama_notifications")
    sys.modules["farama_notifications"].notifications = {}
import gymnasium  # noqa: E402

PI = np.pi


class Draws:
    """Stands in for numpy's generator: draws are short numbers, so that they can be written down exactly."""

    def __init__(self, generator):
        self.generator, self.given = generator, []

    def random(self):
        self.given.append(round((int(self.generator.integers(0, 1000)) + 0.5) / 1000, 4))
        return self.given[-1]

    def choice(self, items):
        self.given.append(int(self.generator.integers(0, len(items))))
        return items[self.given[-1]]

    def uniform(self, low, high, size=None):
        return self.generator.uniform(low, high, size)


class World:
    """One of ours beside one of Gymnasium's: which, with what options, how its state is read, put in and acted upon."""

    def __init__(self, name, identity, actions, rule=None, wide=None, ours=None, put="s", every=1, n=1000, piece=1000,
                 **theirs):
        self.name, self.ours, self.piece = name, ours or {}, piece
        self.every, self.n = every, n  # which rows, and how many steps, the suite keeps
        self.attributes = theirs.pop("attributes", {})
        self.env = gymnasium.make(identity, disable_env_checker=True, **theirs)
        for attribute, value in self.attributes.items():
            setattr(self.env.unwrapped, attribute, value)
        self.actions, self.rule, self.wide, self.put = actions, rule, wide, put

    def state(self):
        env = self.env.unwrapped
        if self.name == "blackjack":
            return [int(x) for x in env._get_obs()]
        return [int(env.s)] if self.put == "s" else [float(x) for x in env.state]

    def begin(self, draws, generator, own):
        """Resets; own: where Gymnasium starts. Gives the start, or nothing where the draws make it."""
        env = self.env.unwrapped
        env.np_random = draws
        self.env.reset()
        if self.name == "blackjack":
            del draws.given[4:]  # the picture on the dealer's card
            return None
        del draws.given[: 1 if self.put == "s" else None]  # a start is told, not drawn
        if not own and self.put == "state":
            env.state = np.array([generator.uniform(low, high) for low, high in self.wide])
        elif not own:
            env.s = int(generator.choice(self.wide))
        return self.state()

    def act(self, generator, by_rule):
        if by_rule and self.rule:
            return self.rule(self.env.unwrapped, self.state(), generator)
        if isinstance(self.actions, float):
            return int(generator.integers(-80 * self.actions, 80 * self.actions + 1)) / 64  # also beyond the bounds
        return int(generator.integers(0, self.actions))

    def step(self, action):  # in double precision: whatever type an action has, numpy computes on in
        return self.env.step(np.array([action]) if isinstance(action, float) else action)[1:4]


def mountain_rule(env, state, generator):
    return int(state[1] >= 0) * 2 if generator.random() < 0.95 else 1


def taxi_rule(env, state, generator):
    """Mostly one of the actions that lead nearer to where the passenger is or wants to be."""
    row, column, passenger, destination = env.decode(state[0])
    there = env.locs[destination if passenger == 4 else passenger]
    if (row, column) == there:
        return 5 if passenger == 4 else 4
    moves = [a for a in range(4) if env.action_mask(state[0])[a]]
    to = [(row + (a == 0) - (a == 1), column + (a == 2) - (a == 3)) for a in moves]
    near = [abs(r - there[0]) + abs(c - there[1]) for r, c in to]
    return int(moves[int(np.argmin(near))] if generator.random() < 0.4 else generator.choice(moves))


def worlds():
    cart = dict(actions=2, piece=50, put="state", wide=((-1.5, 1.5), (-1, 1), (-0.15, 0.15), (-1, 1)), every=10,
                rule=lambda env, s, g: int(s[2] + 0.25 * s[3] + 0.05 * s[0] + 0.1 * s[1] > 0))
    hill = dict(put="state", wide=((-1.2, 0.6), (-0.07, 0.07)), every=10)
    bot = dict(actions=3, piece=25, put="state", wide=((-PI, PI), (-PI, PI), (-6, 6), (-12, 12)), every=10,
               rule=lambda env, s, g: int(s[3] > 0) * 2)
    rod = dict(actions=2.0, piece=50, put="state", wide=((-9, 9), (-8, 8)), every=10)
    ice = dict(actions=4, wide=[0, 1, 2, 3, 4, 6, 8, 9, 10, 13, 14])
    drop = dict(actions=4, wide=list(range(37)),
                rule=lambda env, s, g: 0 if s[0] == 36 else 2 if s[0] % 12 == 11 else 1)
    cab = dict(actions=6, wide=list(range(0, 500, 7)), rule=taxi_rule)
    rain = {"rainy": True, "rainy_probability": 0.7, "fickle": True, "fickle_probability": 0.6}
    yield World("cartpole", "CartPole-v1", **cart)
    yield World("cartpole", "CartPole-v1", **cart, n=200, ours={"sutton_barto_reward": True}, sutton_barto_reward=True)
    yield World("mountain_car", "MountainCar-v0", 3, mountain_rule, **hill)
    yield World("mountain_car", "MountainCar-v0", 3, mountain_rule, **hill, n=300, ours={"goal_velocity": 0.02},
                goal_velocity=0.02)
    yield World("mountain_car_continuous", "MountainCarContinuous-v0", 1.0,
                lambda env, s, g: 0.875 if s[1] >= 0 else -1.125, **hill)
    yield World("acrobot", "Acrobot-v1", **bot)
    yield World("acrobot", "Acrobot-v1", **bot, n=200, ours={"equations": "nips"}, attributes={"book_or_nips": "nips"})
    yield World("pendulum", "Pendulum-v1", **rod)
    yield World("pendulum", "Pendulum-v1", **rod, n=200, ours={"gravity": 9.81}, g=9.81)
    yield World("frozen_lake", "FrozenLake-v1", **ice, n=500)
    yield World("frozen_lake", "FrozenLake-v1", **ice, n=200, ours={"slippery": False}, is_slippery=False)
    yield World("frozen_lake", "FrozenLake8x8-v1", 4, wide=[0, 9, 30, 44, 62], n=300, success_rate=0.8,
                reward_schedule=(2, -1, -0.25),
                ours={"map": "8x8", "success_rate": 0.8, "goal": 2, "hole": -1, "frozen": -0.25})
    yield World("cliff_walking", "CliffWalking-v1", **drop, n=400)
    yield World("cliff_walking", "CliffWalkingSlippery-v1", **drop, n=400, ours={"slippery": True})
    yield World("taxi", "Taxi-v4", **cab)
    yield World("taxi", "Taxi-v4", **cab, n=600, ours=rain, is_rainy=True, rainy_probability=0.7, fickle_passenger=True,
                fickle_probability=0.6)
    yield World("blackjack", "Blackjack-v1", 2, n=500)
    yield World("blackjack", "Blackjack-v1", 2, n=300, ours={"sab": False}, sab=False)
    yield World("blackjack", "Blackjack-v1", 2, n=300, ours={"sab": False, "natural": True}, sab=False, natural=True)


def told(start, after, ended, actions, rewards, states, draws):
    return {"start": start, "after": after, "ended": ended, "actions": actions, "rewards": rewards, "states": states,
            "draws": draws}


def episodes(world, seed, n, longest):
    """Episodes until n actions were taken: a dict each, or a dict each piece, which begins after so many steps. By rule
    and by chance in turn, the latter cut when `longest`."""
    generator = np.random.Generator(np.random.PCG64(seed))
    count = 0
    while n > 0:
        draws = Draws(generator)
        start, after, by_rule, ended = world.begin(draws, generator, count % 4 < 2), 0, count % 2 == 0, "cut"
        actions, rewards, states = [], [], []
        while n > 0 and ended == "cut" and (by_rule or after + len(actions) < longest):
            if len(actions) == world.piece:
                yield told(start, after, ended, actions, rewards, states, [])
                start, after, actions, rewards, states = states[-1], after + world.piece, [], [], []
            actions.append(world.act(generator, by_rule))
            reward, terminated, truncated = world.step(actions[-1])
            rewards.append(float(reward))
            states.append(world.state())
            ended = "terminated" if terminated else "truncated" if truncated else "cut"
            n -= 1
        yield told(start, after, ended, actions, rewards, states, draws.given)
        count += 1


def table(world):
    """Gymnasium's transitions as text, one a line: state, action, probability, next state, reward, whether it ends."""
    lines = []
    for state, actions in world.env.unwrapped.P.items():
        for action, outcomes in actions.items():
            for p, after, reward, ends in outcomes:
                lines.append(f"{state} {action} {float(p):.17g} {int(after)} {float(reward):.17g} {int(ends)}\n")
    return lines


def masks(world):
    """Of Taxi: which actions Gymnasium calls legal in each state, as text, one state a line."""
    env = world.env.unwrapped
    return [f"{state} {''.join(str(int(m)) for m in env.action_mask(state))}\n" for state in env.P]


def fnv1a(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def short(x, digits=None):
    """As few digits as tell the number apart; or rounded, which a margin of 1e-9 does not see."""
    text = repr(x if digits is None else round(x, digits))
    return text[:-2] if text.endswith(".0") else text


def lua(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {lua(v)}" for k, v in value.items()) + " }" if value else "{}"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else short(value)


def quoted(name, words, separator=" ", width=120):
    """A field of an episode: one text, over as many lines as it takes."""
    words = list(words)
    one = f'{name} = "{separator.join(words)}",'
    if len(one) + 10 <= width:
        return [one]
    lines, line = [f"{name} = [["], ""
    for word in words:
        if len(line) + len(word) + 16 > width:
            lines.append("  " + line.rstrip())
            line = ""
        line += word + separator
    return lines + ["  " + line.rstrip() + "]],"]


def episode_text(e, every, digits, width=119):
    parts = [f"start = {{ {', '.join(map(short, e['start']))} }},"] if e["start"] else []
    if e["after"]:
        parts.append(f"after = {e['after']},")
    parts.append(f"ended = \"{e['ended']}\", total = {short(sum(e['rewards']))},")
    parts += quoted("actions", map(short, e["actions"]), "" if isinstance(e["actions"][0], int) else " ")
    if e["draws"]:
        parts += quoted("draws", map(short, e["draws"]))
    rows, n = [], len(e["actions"])
    for i, (state, reward) in enumerate(zip(e["states"], e["rewards"]), 1):
        if i % every == 0 or i == n:
            rows.append(":".join([short(x, digits) for x in [*state, reward]]))
    parts += quoted("rows", rows)
    one = "      { " + " ".join(parts)[:-1] + " },\n"
    if len(one) <= width + 1:
        return one
    return "      { " + "\n        ".join(parts)[:-1] + " },\n"


def write_world(out, world, seed, dense, text_of_table):
    every = 1 if dense else world.every
    out.write(f'  {{ world = "{world.name}", every = {every},\n    options = {lua(world.ours)},\n')
    if world.put == "s" and world.name != "blackjack":
        lines = table(world)
        out.write(f"    entries = {len(lines)}, hash = 0x{fnv1a(''.join(lines)):016x},\n")
        if world.name == "taxi":
            out.write(f"    masks = 0x{fnv1a(''.join(masks(world))):016x},\n")
        if text_of_table:
            with open(text_of_table, "w", encoding="ascii") as file:
                file.writelines(lines)
            out.write(f'    table_text = "{text_of_table}",\n')
    out.write("    episodes = {\n")
    for e in episodes(world, seed, 1000 if dense else world.n, 1000 if dense else 250):
        out.write(episode_text(e, every, None if dense else 12))
    out.write("    } },\n")


def write(out, seed, dense=False, tables=None):
    """Everything as one Lua file; dense: every row; tables: a folder that gets the tables of transitions as text."""
    out.write("-- Written by gymnasium_record.py: what Gymnasium's classic worlds did. A row: state after a step,\n")
    out.write("-- the reward; of `every` so many steps, and of the last. The hash is of the table of transitions.\n")
    out.write(f'return {{ gymnasium = "{gymnasium.__version__}", numpy = "{np.__version__}", recordings = {{\n')
    for i, world in enumerate(worlds()):
        write_world(out, world, [seed, i], dense, tables and f"{tables}/{i}.txt")
    out.write("} }\n")


if __name__ == "__main__":
    write(sys.stdout, 1)
