---@meta
error("annotations are for editors; they are not loaded")

-- Tensors: numbers of one type in a block of up to four sides. Axes and indices count from 1, an axis also from the
-- last: -1.
-- luacheck: ignore

---@alias lure.Type "float64"|"float32"|"int32"|"double"|"single"
---A number works in place of a tensor.
---@alias lure.Numbers lure.Tensor|number
---@alias lure.List number[]|lure.List[]

---@class lure.Tensor
---@field [integer] lure.Tensor|number
---@operator add(lure.Numbers): lure.Tensor
---@operator sub(lure.Numbers): lure.Tensor
---@operator mul(lure.Numbers): lure.Tensor
---@operator div(lure.Numbers): lure.Tensor
---@operator pow(lure.Numbers): lure.Tensor
---@operator unm: lure.Tensor
---@operator len: integer
local Tensor = {}

---Its sides: rows, columns, ...
---@return integer ...
function Tensor:shape() end

---How many numbers it has, or how long a side is.
---@param axis? integer
---@return integer
function Tensor:size(axis) end

---"float64", "float32" or "int32".
---@return lure.Type
function Tensor:type() end

---The number of a tensor that has one.
---@return number
function Tensor:item() end

---Is it a value of the `differentiate` that runs?
---@return boolean
function Tensor:is_tracked() end

---A list of its numbers, or of lists of them.
---@return lure.List
function Tensor:to_table() end

-- ---- written ----

---Every element becomes the number. Gives the tensor itself.
---@param x number
---@return lure.Tensor
function Tensor:fill(x) end

---Takes the numbers of another. Gives the tensor itself.
---@param other lure.Numbers
---@return lure.Tensor
function Tensor:copy_from(other) end

---t = t + scale * other. Gives the tensor itself.
---@param other lure.Numbers
---@param scale? number 1
---@return lure.Tensor
function Tensor:add_scaled(other, scale) end

-- ---- views: they share the numbers ----

---Without the axis, at index i of it.
---@param t lure.Tensor
---@param axis integer
---@param i integer
---@return lure.Tensor
function lure.select(t, axis, i) end
Tensor.select = lure.select

---From first to last along an axis, both included; -1 is the last.
---@param t lure.Tensor
---@param axis integer
---@param first? integer 1
---@param last? integer -1
---@param step? integer 1
---@return lure.Tensor
function lure.slice(t, axis, first, last, step) end
Tensor.slice = lure.slice

---Two axes exchanged, the last two when none are given.
---@param t lure.Tensor
---@param axis? integer
---@param other? integer
---@return lure.Tensor
function lure.transpose(t, axis, other) end
Tensor.transpose = lure.transpose

---The same numbers in another shape; one side may be -1: what is left.
---@param t lure.Tensor
---@param ... integer|integer[]
---@return lure.Tensor
function lure.reshape(t, ...) end
Tensor.reshape = lure.reshape

---Repeated over a larger shape.
---@param t lure.Tensor
---@param ... integer|integer[]
---@return lure.Tensor
function lure.expand(t, ...) end
Tensor.expand = lure.expand

---Without that side of 1, or without all of them.
---@param t lure.Tensor
---@param axis? integer
---@return lure.Tensor
function lure.squeeze(t, axis) end
Tensor.squeeze = lure.squeeze

---With a side of 1 put in at the axis.
---@param t lure.Tensor
---@param axis? integer 1
---@return lure.Tensor
function lure.unsqueeze(t, axis) end
Tensor.unsqueeze = lure.unsqueeze

---Numbers of its own.
---@param t lure.Tensor
---@return lure.Tensor
function lure.copy(t) end
Tensor.copy = lure.copy

---The same numbers in another type.
---@param t lure.Tensor
---@param type? lure.Type its own when left out
---@return lure.Tensor
function lure.to(t, type) end
Tensor.to = lure.to

-- ---- made ----

---Of a list of numbers, or of lists of the same length.
---@param list lure.List
---@param type? lure.Type float64
---@return lure.Tensor
function lure.tensor(list, type) end

---Sides, or a list of them; then the type, if it is another than float64.
---@param ... integer|integer[]|lure.Type
---@return lure.Tensor
function lure.zeros(...) end

---Sides, or a list of them; then the type, if it is another than float64.
---@param ... integer|integer[]|lure.Type
---@return lure.Tensor
function lure.ones(...) end

---All elements are the number.
---@param shape integer|integer[]
---@param x number
---@param type? lure.Type float64
---@return lure.Tensor
function lure.full(shape, x, type) end

---Zeros in the shape of another.
---@param t lure.Tensor
---@param type? lure.Type that of t
---@return lure.Tensor
function lure.zeros_like(t, type) end

---Ones in the shape of another.
---@param t lure.Tensor
---@param type? lure.Type that of t
---@return lure.Tensor
function lure.ones_like(t, type) end

---From first to last, both included, by steps.
---@param first number
---@param last number
---@param step? number 1
---@param type? lure.Type float64
---@return lure.Tensor
function lure.range(first, last, step, type) end

---Evenly drawn numbers.
---@param shape integer|integer[]
---@param rng lure.Rng
---@param low? number 0
---@param high? number 1
---@param type? lure.Type float64
---@return lure.Tensor
function lure.uniform(shape, rng, low, high, type) end

---Normally distributed numbers.
---@param shape integer|integer[]
---@param rng lure.Rng
---@param mean? number 0
---@param deviation? number 1
---@param type? lure.Type float64
---@return lure.Tensor
function lure.normal(shape, rng, mean, deviation, type) end

---1 to n in random order, for `take`.
---@param n integer
---@param rng lure.Rng
---@return lure.Tensor
function lure.permutation(n, rng) end
