-- expect: the reward less the world's own is potential-based shaping with discount 0.9, but its potential at a
-- with: --environment cartpole
return function(s, action, terminated, before) return 1 + 0.9 * s.angle ^ 2 - before.angle ^ 2 end
