---@meta
error("annotations are for editors; they are not loaded")

-- What scripts of each role return, and what the host hands to them. In a script: ---@type lure.Environment
-- luacheck: ignore

---@alias lure.Role "environment"|"reward"|"schedule"|"learning_rate"|"algorithm"|"experiment"|"batch"
---A word; a number; a list where there are several parts.
---@alias lure.Action string|number|(string|number)[]
---@alias lure.ActionPart { low: number, high: number, name?: string }|{ [integer]: string, name?: string }
---@alias lure.ObservationEntry string|{ [1]: string, [2]?: lure.ObservationEntry[], low?: number, high?: number, n?: integer, size?: integer }
---A name, a number, a function, or { name, option = value }.
---@alias lure.Rule string|number|function|table

---A world. All that changes lives in s. It needs reset and step, which may follow after the table.
---@class lure.Environment
---@field actions string[]|lure.ActionPart|lure.ActionPart[]
---@field observation lure.ObservationEntry[]|integer what the policy sees, or how many numbers observe gives
---@field max_steps? integer an episode of so many steps is truncated
---@field threshold? number the mean return of its own reward that counts as solved
---@field reset? fun(s: table, rng: lure.Rng, input: table) begins an episode; s comes empty
---@field step? fun(s: table, action: lure.Action, rng: lure.Rng): boolean one step; true: terminated
---@field observe? fun(s: table): table|number what the policy sees, computed
---@field reward? lure.Reward its own, where the experiment names none
---@field legal? fun(s: table): table the list of legal words; of several parts a list of lists
---@field render? fun(s: table): string

---@alias lure.Reward fun(s: table, action: lure.Action, terminated: boolean, before: table<string|integer, any>): number, table<string, number>?
---@alias lure.Schedule fun(rng: lure.Rng, episode: integer, progress: number): table
---@alias lure.LearningRate fun(p: lure.Progress): number
---@alias lure.Algorithm fun(run: lure.Run, policy: lure.Policy, optimizer: lure.Optimizer, learning_rate: lure.LearningRate)

---What a learning-rate rule may know. What comes from the last update is nil at first.
---@class lure.Progress
---@field update integer from 1
---@field updates integer how many there will be
---@field progress number above 0, up to 1
---@field learning_rate? number
---@field kl? number
---@field gradient_norm? number
---@field episode_return? number mean of the episodes that ended in the last collection
---@field episode integer finished so far
---@field step integer taken so far

---@class lure.Run
---@field copies integer of the world
local Run = {}

---One turn an update: for p in run:updates() do ... end
---@return fun(): lure.Progress?
function Run:updates() end

---Either episodes or steps.
---@class lure.CollectOptions
---@field episodes? integer
---@field steps? integer of each copy
---@field random? boolean actions drawn evenly, not by the policy
---@field epsilon? number how often an even action is drawn, of a policy with action values
---@field actions? lure.Tensor|lure.Action[] of one step: what each copy does

---Lives on with the policy as it is. The batch holds until the next one.
---@param o lure.CollectOptions
---@return lure.Batch
function Run:collect(o) end

---@class lure.MinibatchOptions
---@field sequences? boolean copies are parted, not rows: tensors stay (step, copy, ...)
---@field per_copy? table<string, lure.Tensor|false> (copy, ...): cut as the copies are

---Every row once, in n parts of a random order: for b in run:minibatches({ rewards = batch.rewards }, 4) do ... end
---@param rows table<string, lure.Tensor|false> (row, ...), or (step, copy, ...) as the last batch
---@param n integer the parts differ by at most one row
---@param o? lure.MinibatchOptions
---@return fun(): table<string, lure.Tensor|any>?
function Run:minibatches(rows, n, o) end

---@class lure.EvaluateOptions
---@field episodes? integer 10
---@field deterministic? boolean true: the likeliest action; else they are drawn
---@field number? integer 0; other numbers are other episodes

---How good the policy is now, over whole episodes in copies and on streams of their own.
---@param o? lure.EvaluateOptions
---@return number mean return
---@return number mean_length
---@return number[] returns
function Run:evaluate(o) end

---A world of its own that goes on from where that copy of the run's is.
---@param copy? integer the first
---@return lure.World
function Run:fork(copy) end

---One row of metrics.csv; the same names each time.
---@param values table<string, number>
function Run:log(values) end

---@class lure.Batch
---@field observations lure.Tensor (step, number); of several copies (step, copy, number)
---@field actions lure.Tensor from 1, in the order of the world's list
---@field rewards lure.Tensor
---@field ends lure.Tensor 0 goes on, 1 terminated, 2 truncated
---@field next_observations lure.Tensor what followed each step: at an end the true final observation
---@field last_observations lure.Tensor (copy, number) after the last step
---@field legal lure.Tensor|false (step, choice): 0 where an action was illegal; false: the world does not say
---@field next_legal lure.Tensor|false (step, choice) of what followed; 1 where it terminated
---@field starts lure.Tensor|false (step) 1 where an episode begins; of a policy with a gru
---@field first_states lure.Tensor|false (copy, number) of a gru, before the first step
---@field log_prob lure.Tensor|false (step) of the actions as they were drawn; false: the policy has no value
---@field steps integer how many it holds
---@field episodes integer how many ended in it
---@field episodic_return number mean over them; NaN when none ended
---@field episodic_length number
---@field reward_terms table<string, number> means a step of the terms that the reward names

---Pure data. Any value may be overridden: --set key=value.
---@class lure.Experiment
---@field description? string
---@field environment string|lure.Environment|table
---@field reward? lure.Rule
---@field schedule? lure.Rule
---@field learning_rate? lure.Rule
---@field algorithm lure.Rule
---@field optimizer? lure.Optimizer.Name|lure.OptimizerOptions
---@field policy lure.PolicySpec
---@field precision? "single"|"double"
---@field updates integer
---@field seeds? integer[]|{ from: integer, to: integer }
---@field limits? { step_seconds?: number, memory_mb?: number, run_seconds?: number }
---@field track? string the logged value to show
---@field log_every? integer
---@field evaluate? { every?: integer, episodes?: integer, deterministic?: boolean }
---@field stop_early? { episodic_return?: number, window?: integer, evaluation?: boolean, patience?: integer }
---@field threshold? number the mean return that counts as solved; the world's
---@field debug_gradients? boolean
---@field copies? integer of the world, stepped together; 1
---@field max_steps? integer instead of the world's
---@field action_repeat? integer 1
---@field one_hot? boolean choices that are seen as numbers become one number each
---@field normalize_observation? boolean|{ clip?: number, frozen?: boolean }
---@field normalize_reward? boolean|{ discount?: number, clip?: number, frozen?: boolean }
---@field clip_observation? number
---@field clip_reward? number
---@field frame_stack? integer
---@field time_aware? boolean

---What a value is drawn from: { "uniform", low, high }, { "log_uniform", low, high }, { "integer", low, high }, { "choice", ... }.
---@alias lure.Range any[]

---Pure data: experiments x values x seeds.
---@class lure.Batches
---@field description? string
---@field experiments string[]
---@field vary? table<string, any[]> a dotted key and the values to try; all combinations
---@field tie? table<string, any[]>|table<string, any[]>[] dotted keys whose values change together; several groups are crossed
---@field sample? { n: integer, seed?: integer, [string]: lure.Range } random search: n points; a dotted key and its range
---@field set? table<string, any>
---@field seeds? integer[]|{ from: integer, to: integer }
