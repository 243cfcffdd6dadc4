-- NAME: policy gradient with a running mean as the baseline. (Say in a line what an update is.)
local o = options(..., { episodes = 10, forget = 0.1 }) -- name = default; an unknown name is an error

return function(run, policy, optimizer, learning_rate)
  local usual -- the return we are used to
  for p in run:updates() do
    -- 1. live: some episodes with the policy as it is
    local batch = run:collect { episodes = o.episodes }
    -- 2. judge: what each action led to, against what is usual
    local returns = lure.discounted_returns(batch.rewards, batch.ends, 1)
    usual = usual and usual + o.forget * (returns:mean() - usual) or returns:mean()
    local weights = returns - usual
    -- 3. learn: make the better ones more likely, of what was legal (mask: where the environment has legal(s))
    local gradient, loss, entropy = policy:gradient(batch.observations, batch.actions, weights,
      { mask = batch.legal })
    optimizer:step(policy, gradient, learning_rate(p))
    -- 4. tell: one row of metrics.csv
    run:log { episodic_return = batch.episodic_return, loss = loss, entropy = entropy }
  end
end
