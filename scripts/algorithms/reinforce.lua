-- REINFORCE: each action becomes more likely by how much return followed it (Williams 1992).
--   weight of a step = discounted return from it on; less their mean over the batch with baseline = "mean";
--   over their standard deviation with normalize = true. An episode cut off by max_steps counts as ended.
-- With baseline = "mean" a batch of a single step weighs 0: collect more episodes where episodes are short.
local o = options(..., { episodes = 10, discount = 0.99, baseline = "mean", normalize = true })
if o.baseline ~= "none" and o.baseline ~= "mean" then
  error('baseline is "none" or "mean", not "' .. o.baseline .. '"')
end

return function(run, policy, optimizer, learning_rate)
  for p in run:updates() do
    local batch = run:collect { episodes = o.episodes }
    local weights = lure.discounted_returns(batch.rewards, batch.ends, o.discount)
    if o.baseline == "mean" then weights = lure.center(weights) end
    if o.normalize then weights = weights / (weights:deviation() + 1e-8) end
    local gradient, loss, entropy = policy:gradient(batch.observations, batch.actions, weights,
      { mask = batch.legal })
    optimizer:step(policy, gradient, learning_rate(p))
    local row = { episodic_return = batch.episodic_return, episodic_length = batch.episodic_length,
                  loss = loss, entropy = entropy }
    for name, mean in pairs(batch.reward_terms) do row["reward_" .. name] = mean end
    run:log(row)
  end
end
