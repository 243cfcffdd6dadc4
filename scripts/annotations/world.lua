---@meta
error("annotations are for editors; they are not loaded")

-- Spaces, and worlds in a script's hands.
-- luacheck: ignore

---What an action or an observation can be: parts, each a choice of n or a number between bounds.
---@class lure.Space
local Space = {}

---Of what an environment has as `actions`.
---@param actions string[]|lure.ActionPart|lure.ActionPart[]
---@return lure.Space
function lure.action_space(actions) end

---Of what an environment has as `observation`.
---@param observation lure.ObservationEntry[]|integer
---@return lure.Space
function lure.observation_space(observation) end

---A choice has n, and words of an action; a number has low and high.
---@class lure.SpacePart
---@field name string
---@field n? integer
---@field words? string[]
---@field low? number
---@field high? number

---All choices, all numbers, or both.
---@return "discrete"|"multi-discrete"|"box"|"mixed"
function Space:kind() end

---How many numbers its flat form has: n for a choice of n.
---@return integer
function Space:size() end

---Its parts, in the order of the declaration.
---@return lure.SpacePart[]
function Space:parts() end

---A value: choices evenly, among the legal words if they are given; numbers evenly between their bounds.
---@param rng lure.Rng
---@param legal? string[]|string[][]
---@return any
function Space:sample(rng, legal) end

---Whether the value is one of the space's; if not, why.
---@param value any
---@return boolean
---@return string? why_not
function Space:contains(value) end

---What a network sees: a choice as n numbers, 1 at its place, a number as it is.
---@param value any
---@param type? lure.Type "float64"
---@return lure.Tensor
function Space:flatten(value, type) end

---The value whose flat form it is; of a choice the first of the largest.
---@param numbers lure.Tensor|number[]
---@return any
function Space:unflatten(numbers) end

---A world to be stepped: run:fork gives one, and lure.testing has them. What is done with it changes no other.
---@class lure.World
---@field state table s itself
---@field observation number[] the last one
---@field episode integer from 1
---@field steps integer of this episode
---@field episode_return number so far
---@field ended boolean a reset is due
---@field terminated boolean
---@field truncated boolean by the time limit
local World = {}

---One step: what a policy would be told of it, before anything is normalised or clipped.
---@param action lure.Action
---@return number[] observation
---@return number reward
---@return boolean terminated
---@return boolean truncated by the time limit
---@return table<string, number>? terms that the reward names
function World:step(action) end

---Begins the next episode.
---@param input? table what the world's reset gets, instead of the schedule's
---@return number[] observation
function World:reset(input) end

---All it is, as a plain table.
---@return table
function World:snapshot() end

---Back to a snapshot, which may be used again: it goes on bit for bit.
---@param snapshot table
---@return number[] observation
function World:restore(snapshot) end

---Another world that goes on from here.
---@return lure.World
function World:fork() end

---From the next step on its chance is that of this seed.
---@param seed integer
function World:reseed(seed) end

---The legal words; of several parts a list of lists; nil where the world does not say.
---@return string[]|string[][]|nil
function World:legal() end

---The picture; nil where the world draws none.
---@return string?
function World:render() end
