-- Raises the names of the fields that its description asks for, for test_annotations.lua.
local experiment = { environment = "gridworld", learning_rate = 1, policy = { "linear", "categorical" }, updates = 1, description = "" }

local function names_of(t)
  local list = {}
  for name in pairs(t) do list[#list + 1] = name end
  table.sort(list)
  error("names: " .. table.concat(list, " "), 0)
end

function experiment.algorithm(run)
  for p in run:updates() do
    if experiment.description == "run" then names_of(run) end
    if experiment.description == "batch" then names_of(run:collect { steps = 2 }) end
    if experiment.description == "collect" then
      local _, refusal = pcall(run.collect, run, { no_such_option = 1 })
      error("names: " .. refusal:match("expected (.*)$"):gsub(" or ", " "), 0)
    end
    local _, message = pcall(function() return p.no_such_field end)
    error("names: " .. message:match("it has (.*)$"), 0)
  end
end

return experiment
