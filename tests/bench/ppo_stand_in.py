# ppo_stand_in.py: what CleanRL's ppo.py imports beside torch, NumPy and Gymnasium, in so far as it is needed to be
# measured: tyro.cli, which reads the command line into its dataclass, and a SummaryWriter that takes numbers and writes
# nothing. ppo.sh copies it to a folder of its own as tyro.py, which ppo.py imports before the SummaryWriter.
import dataclasses
import sys
import types


def cli(kind):
    defaults = {field.name: field.default for field in dataclasses.fields(kind)}
    given, words = {}, iter(sys.argv[1:])
    for word in words:
        name = word[2:].replace("-", "_")
        if isinstance(defaults.get(name), bool):
            given[name] = True
        elif name.startswith("no_"):
            given[name[3:]] = False
        else:
            given[name] = type(defaults[name])(next(words))
    return kind(**given)


class SummaryWriter:
    def __init__(self, *_):
        pass

    def add_text(self, *_):
        pass

    def add_scalar(self, *_):
        pass

    def close(self):
        pass


tensorboard = types.ModuleType("torch.utils.tensorboard")
tensorboard.SummaryWriter = SummaryWriter
sys.modules["torch.utils.tensorboard"] = tensorboard
