-- expect: script_error algorithm
-- says: enough
return function(run, policy, optimizer, learning_rate)
  run:collect { episodes = 1 }
  for _, name in ipairs { "c\nd", "\27[2J", "", "a\0b", "update", "step", ("x"):rep(129), "\127" } do
    assert(not pcall(run.log, run, { [name] = 1 }), name)
  end
  assert(not pcall(run.log, run, { 1 }) and not pcall(run.log, run, 1) and not pcall(run.log, run))
  run:log { ["a,b"] = 1, ["e\"f"] = 2, ["%s%n"] = 3, ["../../x"] = 4 }
  error("enough") -- here
end
