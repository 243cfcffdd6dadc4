---@meta
error("annotations are for editors; they are not loaded")

-- The globals that are lure's own, and what of `lure` belongs to no other page: options, gradients, random streams.
-- luacheck: ignore

---@class lure
---@field version string of the engine
lure = {}

---The options of this script: the defaults, and over them what its user gave. A name that has no default is an error.
---The first argument is the script's `...`: local o = options(..., { rate = 1.0 })
---@generic T: table
---@param given table|nil
---@param defaults T
---@return T
function options(given, defaults) end

---Calls the function, and gives its loss as a number, the gradient by each target, and what else it returned. Of a policy
---the gradient is what optimizer:step takes; of a tensor a tensor; of a table of tensors a table with the same keys.
---@param loss fun(...): any, ...
---@param ... lure.Policy|lure.Tensor|table
---@return number loss
---@return any ... gradients
function lure.differentiate(loss, ...) end
differentiate = lure.differentiate

---The numbers of t as constants of the loss.
---@param t lure.Numbers
---@return lure.Tensor
function lure.stop_gradient(t) end
stop_gradient = lure.stop_gradient

---From the next `differentiate` on, the first number that is not finite is an error that says where it arose.
---@param on boolean
function lure.debug_gradients(on) end

-- ---- random streams ----

---A stream of its own for each pair; the same pair draws the same in every run.
---@param seed integer
---@param stream? integer 0
---@return lure.Rng
function lure.rng(seed, stream) end

---@class lure.Rng
local Rng = {}

---From low to below high; 0 to 1 when left out.
---@param low? number
---@param high? number
---@return number
function Rng:uniform(low, high) end

---Normally distributed; mean 0 and deviation 1 when left out.
---@param mean? number
---@param deviation? number
---@return number
function Rng:normal(mean, deviation) end

---A whole number, both ends included.
---@param low integer
---@param high integer
---@return integer
function Rng:integer(low, high) end

---True with probability p.
---@param p number
---@return boolean
function Rng:bernoulli(p) end

---One element, each as likely; or as probable as a list of numbers says, or the field of that name in each element. It is
---the first at which the sum of the probabilities, which is 1, exceeds one uniform draw.
---@generic T
---@param list T[]
---@param probabilities? number[]|string
---@return T
function Rng:choice(list, probabilities) end

---The list in another order, in place.
---@generic T
---@param list T[]
---@return T[]
function Rng:shuffle(list) end

-- ---- replay ----

---A memory of so many steps; the oldest make room. It is had at once, when the first batch comes.
---@param o { capacity: integer }
---@return lure.Replay
function lure.replay(o) end

---#memory: how many steps it holds.
---@class lure.Replay
local Replay = {}

---Takes the steps of a batch in, or of a table with these fields of it: observations, actions, rewards, ends,
---next_observations and, both or none, legal and next_legal.
---@param batch lure.Batch|table
function Replay:add(batch) end

---Steps drawn evenly, with replacement: new tensors, one row a step.
---@param n integer
---@param rng? lure.Rng the stream of math.random
---@return lure.Sample
function Replay:sample(n, rng) end

---@class lure.Sample
---@field observations lure.Tensor (row, number)
---@field actions lure.Tensor from 1
---@field rewards lure.Tensor
---@field next_observations lure.Tensor the true ones, at an end the last of the episode
---@field terminated lure.Tensor 1 or 0; what the time limit cut has 0
---@field legal lure.Tensor|false (row, choice)
---@field next_legal lure.Tensor|false
