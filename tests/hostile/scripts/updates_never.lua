-- expect: script_error algorithm
-- says: the algorithm returned without one update
return function(run, policy, optimizer, learning_rate) run:updates() end
