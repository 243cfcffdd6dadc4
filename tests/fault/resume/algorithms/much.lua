-- Much that lives from one update to the next, of every kind that an image can hold: closures that share variables, tables that
-- share and contain each other, metatables, tensors and views of the same numbers, streams, normalisers, a memory, policies
-- and a fork of the world that are born on the way, calls with `...` between the loop and the run. All of it goes into the log.
local o = options(..., { steps = 16 })

-- two functions, one variable
local count = 0
local function more() count = count + 1 end
local function counted() return count end

local account = {}
account.__index = account
account.__add = function(a, b) return setmetatable({ n = a.n + b.n }, account) end
function account:double() return self.n * 2 end

local noise = lure.rng(7, 3)
local seen = lure.normaliser { size = 4 }
local scaler = lure.reward_scaler { environments = 2, discount = 0.9 }
local memory = lure.replay { capacity = 100 }

local ring = { value = 1 }
ring.next = { value = 2, next = ring }

-- what is passed on between the run and the loop stays, too
local function each(run, f, ...)
  local first = ...
  for p in run:updates() do
    f(p, first, select("#", ...))
    first = first + 1
  end
  return first
end

return function(run, policy, optimizer, learning_rate)
  local total = setmetatable({ n = 0 }, account)
  local history, by_name, sparse = {}, {}, {}
  local numbers = lure.zeros(3, 4)
  local row, column = numbers[2], numbers:transpose()[3]
  local target = policy:copy()
  local best, kept, world, batch
  local other = lure.optimizer({ "adam" }, target)
  local gradient
  local worth = 0

  local ok, last = pcall(function()
    return each(run, function(p, first, n)
      more()
      batch = run:collect { steps = o.steps }
      local before = kept and kept.observations[1][1][1] + kept.bias:sum() + kept.actions[2][1] or 0
      kept = { observations = batch.observations, rewards = batch.rewards:copy(), actions = batch.actions:copy() }
      kept.view, kept.bias = kept.rewards[1], policy.parameters["linear1.bias"]
      seen:update(batch.observations:reshape(-1, 4))
      local scaled = scaler:scale(batch.rewards, batch.ends)
      memory:add(batch)
      local sample = memory:sample(8, noise)
      local chance = memory:sample(2).rewards:sum() + math.random()

      total = total + { n = first }
      row:add(count)
      numbers:add(0.5)
      history[#history + 1] = { update = p.update, row = row, again = history[#history] }
      if #history > 5 then table.remove(history, 1) end
      by_name["u" .. p.update % 7] = history[#history]
      local even = p.update % 2 == 0
      by_name[even] = noise:uniform()
      sparse[1000 * p.update] = true
      ring.value = ring.value + ring.next.value
      ring = ring.next

      if p.update % 3 == 0 then best = target:copy() end
      if p.update % 5 == 1 then world = run:fork() end
      if not world.ended then
        local _, reward = world:step(noise:bernoulli(0.5) and "left" or "right")
        worth = worth + reward
      end

      local actions = batch.actions:reshape(-1)
      local loss, entropy
      gradient, loss, entropy = policy:gradient(batch.observations:reshape(-1, 4), actions,
        (scaled - scaled:mean()):reshape(-1))
      optimizer:step(policy, gradient, learning_rate(p))
      other:step(target, gradient, 0.01)
      target:load(policy, 0.1)
      local _, value_gradient = differentiate(function(t)
        local log_prob = t:evaluate(sample.observations, sample.actions)
        return -mean(log_prob)
      end, target)
      other:step(target, value_gradient, 0.001)

      local links = 0
      local link = history[#history]
      while link do links, link = links + 1, link.again end
      run:log {
        loss = loss, entropy = entropy, count = counted(), total = total:double(), row = row:sum(), column = column:sum(),
        same = history[1].row == row and 1 or 0, links = links, name = by_name.u1 and by_name.u1.update or 0,
        noise = by_name[true] or 0, sparse = #history, ring = ring.value, rest = n, chance = chance, before = before,
        best = best and best.parameters["linear1.bias"]:sum() or 0, worth = worth,
        seen = seen:state().mean:sum(), view = kept.view:sum(), gradient = gradient:sum(),
      }
    end, 10, "and", "more")
  end)
  if not ok then error(last, 0) end
end
