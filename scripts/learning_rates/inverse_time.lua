-- first / (1 + decay * (update - 1)): slow enough to get anywhere, fast enough to settle (Robbins & Monro 1951).
-- Update 1 gets `first`; the last of N updates gets first / (1 + decay * (N - 1)), never 0.
local o = options(..., { first = 1.0, decay = 0.01 })
return function(p) return o.first / (1 + o.decay * (p.update - 1)) end
