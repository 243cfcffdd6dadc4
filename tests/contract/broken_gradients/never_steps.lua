-- found: it never called optimizer:step with the policy it was given
return function(run, policy)
  for _ in run:updates() do
    local batch = run:collect { episodes = 1 }
    policy:gradient(batch.observations, batch.actions, batch.rewards)
  end
end
