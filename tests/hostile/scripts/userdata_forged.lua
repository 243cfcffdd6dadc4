-- expect: ok algorithm
return function(run, policy, optimizer, learning_rate)
  local rng, tensor = lure.rng(1), lure.ones(3)
  local objects = { rng, tensor, policy, optimizer, run, lure.replay { capacity = 10 }, run:fork(), policy.parameters }
  for i, object in ipairs(objects) do
    assert(not getmetatable(object), i)
    assert(not pcall(setmetatable, object, {}), i)
    assert(not pcall(rawset, object, "x", 1) or type(object) == "table", i)
    assert(not pcall(next, object) or type(object) == "table", i)
    for _, other in ipairs { objects[i % #objects + 1], {}, "x", 1, print, coroutine.create(print), setmetatable({}, { __name = "rng" }) } do
      for _, f in ipairs { rng.uniform, rng.shuffle, rng.choice, tensor.sum, tensor.reshape, tensor.copy_from, policy.act, policy.gradient, policy.copy, policy.load,
                           optimizer.step, optimizer.load, optimizer.state, run.collect, run.fork } do
        pcall(f, other)
        pcall(f, other, object, object, other)
        pcall(f, object == run and other or object, setmetatable({}, { __index = function() error("no") end, __len = function() return 1e9 end }))
      end
    end
  end
  for p in run:updates() do
    local batch = run:collect { episodes = 1 }
    run:log { bias = 1, reward = batch.episodic_return }
  end
end
