-- Stochastic: only a mixed policy is good. Out of `of` steps exactly `rights` must go right, and nothing is seen.
--
-- | action      |              | observation |
-- |-------------|--------------|-------------|
-- | left, right | go that way  | none        |
--
-- Default reward: 1 at the end if `rights` of the steps went right, else 0. A policy that goes right with probability p
-- is worth C(of, rights) p^rights (1 - p)^(of - rights), most at p = rights / of: by default 27/64 = 0.421875 at
-- p = 3/4. Random: 1/4. Always the same action: 0. (Who has a clock or a memory is worth 1.)
-- Who falls to 0: the policy is sharpened to one action (no entropy, the likeliest action taken in place of a draw).
-- Who stays at random: a reward at the end does not reach the steps before it.
local o = options(..., { rights = 3, of = 4 })
if not (o.rights > 0 and o.rights < o.of and o.rights % 1 == 0 and o.of % 1 == 0) then
  error(("rights lies between 0 and of, whole numbers, not at %s of %s"):format(o.rights, o.of))
end

local stochastic = { actions = { "left", "right" }, observation = {}, max_steps = o.of }

function stochastic.reset(s) s.lefts, s.rights = 0, 0 end

function stochastic.step(s, action)
  if action == "right" then s.rights = s.rights + 1 else s.lefts = s.lefts + 1 end
  return s.lefts + s.rights == o.of -- terminated
end

function stochastic.reward(s, action, terminated) return terminated and s.rights == o.rights and 1 or 0 end

function stochastic.render(s)
  return ("%s%s  %d of %d right, %d wanted"):format(("<"):rep(s.lefts), (">"):rep(s.rights),
    s.rights, o.of, o.rights)
end

return stochastic
