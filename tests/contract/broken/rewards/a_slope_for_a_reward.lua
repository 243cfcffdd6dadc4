-- expect: the reward is potential-based shaping with discount 0.9, but its potential at a terminated end was
-- with: --environment cartpole
return function(s, action, terminated, before) return 0.9 * s.x ^ 2 - before.x ^ 2 end
