---@meta
error("annotations are for editors; they are not loaded")

-- What a step was worth: returns, advantages, normalisers. Tensors are (step, environment) or (step), all of one shape.
-- luacheck: ignore

---@class lure.ReturnOptions
---@field discount number
---@field last_value? lure.Numbers of the observation after the last step, where that goes on
---@field final_values? lure.Tensor of the true final observations, where a step was truncated

---@class lure.LambdaOptions: lure.ReturnOptions
---@field lambda number

---@class lure.NStepOptions: lure.ReturnOptions
---@field n integer

---@class lure.VTraceOptions: lure.ReturnOptions
---@field rho_clip? number 1
---@field c_clip? number 1
---@field lambda? number 1

---Generalised advantage estimates, and the returns that the values are to learn.
---@param rewards lure.Tensor
---@param values lure.Tensor
---@param ends lure.Tensor
---@param o lure.LambdaOptions
---@return lure.Tensor advantages
---@return lure.Tensor returns
function lure.advantages(rewards, values, ends, o) end

---TD(lambda) targets.
---@param rewards lure.Tensor
---@param values lure.Tensor
---@param ends lure.Tensor
---@param o lure.LambdaOptions
---@return lure.Tensor
function lure.lambda_returns(rewards, values, ends, o) end

---n discounted rewards and the value there.
---@param rewards lure.Tensor
---@param values lure.Tensor
---@param ends lure.Tensor
---@param o lure.NStepOptions
---@return lure.Tensor
function lure.n_step_returns(rewards, values, ends, o) end

---The discounted rewards to the end, and what comes after.
---@param rewards lure.Tensor
---@param ends lure.Tensor
---@param o lure.ReturnOptions
---@return lure.Tensor
function lure.bootstrapped_returns(rewards, ends, o) end

---V-trace targets and advantages, of what another policy did.
---@param rewards lure.Tensor
---@param values lure.Tensor
---@param ends lure.Tensor
---@param log_ratios lure.Tensor
---@param o lure.VTraceOptions
---@return lure.Tensor targets
---@return lure.Tensor advantages
function lure.v_trace(rewards, values, ends, log_ratios, o) end

---What came after each step to the end of its episode.
---@param rewards lure.Tensor (step)
---@param ends lure.Tensor (step)
---@param discount number
---@return lure.Tensor
function lure.discounted_returns(rewards, ends, discount) end

---1 - Var(returns - values) / Var(returns); NaN when the returns are all the same.
---@param values lure.Tensor
---@param returns lure.Tensor
---@return number
function lure.explained_variance(values, returns) end

---From first to last in a straight line while part goes from 0 to 1; beyond that it stays. Exploration that fades:
---`lure.anneal(1, 0.05, p.progress / 0.5)`.
---@param first number
---@param last number
---@param part number
---@return number
function lure.anneal(first, last, part) end

---Less the mean of all elements.
---@param t lure.Tensor
---@return lure.Tensor
function lure.center(t) end

---Less the mean, over the deviation of all elements.
---@param t lure.Tensor
---@return lure.Tensor
function lure.normalize(t) end

---PPO's clipped surrogate, to be made large: a loss is -mean(surrogate).
---@param log_prob lure.Tensor
---@param old_log_prob lure.Tensor
---@param advantages lure.Tensor
---@param clip number
---@param report? table gets clip_fraction, kl and kl_k1
---@return lure.Tensor
function lure.clipped_surrogate(log_prob, old_log_prob, advantages, clip, report) end

-- ---- normalisers ----

---Running mean and variance of features.
---@param o { size: integer, clip?: number, epsilon?: number }
---@return lure.Normaliser
function lure.normaliser(o) end

---@class lure.Normaliser
local Normaliser = {}

---Takes the rows in, unless frozen.
---@param rows lure.Tensor
function Normaliser:update(rows) end

---(rows - mean) / sqrt(variance + epsilon), within the clip.
---@param rows lure.Tensor
---@return lure.Tensor
function Normaliser:normalise(rows) end

---From now on update does nothing; freeze(false) takes that back.
---@param on? boolean true
function Normaliser:freeze(on) end

---Its numbers, copied.
---@return { count: number, mean: lure.Tensor, variance: lure.Tensor }
function Normaliser:state() end

---Takes the numbers of a state.
---@param state { count: number, mean: lure.Tensor, variance: lure.Tensor }
function Normaliser:load(state) end

---Rewards over the deviation of the running discounted return.
---@param o { environments?: integer, discount?: number, clip?: number, epsilon?: number }
---@return lure.RewardScaler
function lure.reward_scaler(o) end

---@class lure.RewardScaler
local RewardScaler = {}

---The rewards scaled, which are taken in before unless it is frozen.
---@param rewards lure.Tensor
---@param ends lure.Tensor
---@return lure.Tensor
function RewardScaler:scale(rewards, ends) end

---From now on scale divides only; freeze(false) takes that back.
---@param on? boolean true
function RewardScaler:freeze(on) end

---Its numbers, copied.
---@return { count: number, mean: number, variance: number, returns: lure.Tensor }
function RewardScaler:state() end

---Takes the numbers of a state.
---@param state { count: number, mean: number, variance: number, returns: lure.Tensor }
function RewardScaler:load(state) end
