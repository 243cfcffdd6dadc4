---@meta
error("annotations are for editors; they are not loaded")

-- Policies and optimizers.
-- luacheck: ignore

---"tanh", { "linear", 64 }, { "gru", 32, name = "memory" }, ...
---@alias lure.Layer string|table
---@alias lure.Head "bernoulli"|"categorical"|"multi_categorical"|"gaussian"|"squashed_gaussian"|"action_values"|table
---@alias lure.Optimizer.Name "sgd"|"rmsprop"|"adagrad"|"adam"|"adamw"

---A list of layers and a head.
---@class lure.PolicySpec
---@field [integer] lure.Layer|lure.Head
---@field trunk? lure.Layer[] what head and value share
---@field value? lure.Layer[] gives the policy a value

---@class lure.PolicyOptions: lure.PolicySpec
---@field inputs integer
---@field actions integer|integer[]|{ low: number, high: number }|{ low: number, high: number }[]
---@field precision? "single"|"double"
---@field seed? integer 0

---A policy beside that of the experiment.
---@param o lure.PolicyOptions
---@return lure.Policy
function lure.policy(o) end

---@class lure.Policy
---@field parameters table<string, lure.Numbers> by name: a number where there is one element; may be set
---@field n_parameters integer
---@field n_inputs integer
---@field n_actions integer
---@field n_state integer of a gru
local Policy = {}

---@class lure.GradientOptions
---@field mask? lure.Tensor|false (row, action): 0 where an action is illegal

---@class lure.RowOptions
---@field mask? lure.Tensor|false (row, action): 0 where an action is illegal
---@field starts? lure.Tensor|false (step, environment): not 0 where an episode begins; of a policy with a gru
---@field state? lure.Tensor|false of a gru, before the first step

---@class lure.ActOptions: lure.RowOptions
---@field deterministic? boolean the likeliest action; of action values the largest
---@field epsilon? number of action values: how often an even action is drawn; 0

---Of the mean of weight x cross-entropy of the action taken; without weights all are 1.
---@param observations lure.Tensor
---@param actions lure.Tensor
---@param weights? lure.Tensor
---@param o? lure.GradientOptions
---@return lure.Tensor gradient
---@return number loss
---@return number entropy
function Policy:gradient(observations, actions, weights, o) end

---One of each a row; value is nil where the policy has none. Of a policy with a gru the state comes last. Not of action values.
---@param observations lure.Tensor
---@param actions lure.Tensor
---@param o? lure.RowOptions
---@return lure.Tensor log_prob
---@return lure.Tensor entropy
---@return lure.Tensor value
---@return lure.Tensor? state
function Policy:evaluate(observations, actions, o) end

---The network's outputs under the head (what each action is worth, where that is the head), and the value.
---@param observations lure.Tensor
---@param o? lure.RowOptions
---@return lure.Tensor outputs
---@return lure.Tensor value
---@return lure.Tensor? state
function Policy:forward(observations, o) end

---The value alone, one a row.
---@param observations lure.Tensor
---@param o? lure.RowOptions
---@return lure.Tensor value
---@return lure.Tensor? state
function Policy:values(observations, o) end

---What the observation after each step of a batch is worth: the value of the next step's, of the true final one where the
---episode was truncated, of the one after the batch's last step; 0 where the episode terminated.
---@param batch lure.Batch
---@param values lure.Tensor of batch.observations, as evaluate or values gives them
---@return lure.Tensor next_values
function Policy:next_values(batch, values) end

---Draws an action for each row.
---@param observations lure.Tensor
---@param rng lure.Rng|nil nil where o says deterministic
---@param o? lure.ActOptions
---@return lure.Tensor actions
---@return lure.Tensor? log_prob nil of action values
---@return lure.Tensor value
---@return lure.Tensor? state
function Policy:act(observations, rng, o) end

---The mean KL from an earlier forward's outputs, or another policy, to this one.
---@param observations lure.Tensor
---@param before lure.Tensor|lure.Policy
---@param o? lure.RowOptions
---@return number
function Policy:kl(observations, before, o) end

---The probabilities of the actions for one observation, first action first.
---@param observation number[]
---@return number[]
function Policy:probabilities(observation) end

---Another with the same numbers: a target network.
---@return lure.Policy
function Policy:copy() end

---All its numbers side by side, in the order of print(policy): a copy.
---@return lure.Tensor
function Policy:flat() end

---Takes the numbers of another, or of a tensor as flat gives it; or goes so far of the way.
---@param other lure.Policy|lure.Tensor
---@param rate? number 0 to 1; 1
function Policy:load(other, rate) end

-- ---- optimizers ----

---@class lure.OptimizerOptions
---@field [1] lure.Optimizer.Name
---@field momentum? number
---@field nesterov? boolean
---@field alpha? number
---@field centered? boolean
---@field initial_accumulator? number
---@field beta1? number
---@field beta2? number
---@field epsilon? number
---@field amsgrad? boolean
---@field weight_decay? number
---@field clip_norm? number of the whole gradient; 0: never
---@field clip_value? number of each of its numbers; 0: never
---@field groups? table<string, { rate?: number, weight_decay?: number, clip_value?: number }>

---An optimizer beside that of the experiment.
---@param o lure.Optimizer.Name|lure.OptimizerOptions|nil nil: "sgd"
---@param policy lure.Policy
---@return lure.Optimizer
function lure.optimizer(o, policy) end

---@class lure.Optimizer
---@field steps integer taken so far
---@field kind lure.Optimizer.Name
local Optimizer = {}

---Parameters minus rate x direction. A gradient that is not finite is an error and changes nothing.
---@param policy lure.Policy
---@param gradient lure.Tensor
---@param rate number
function Optimizer:step(policy, gradient, rate) end

---Its moments as a table.
---@return table
function Optimizer:state() end

---Goes on from a state.
---@param state table
function Optimizer:load(state) end
