---@meta
error("annotations are for editors; they are not loaded")

-- What is computed with tensors: a function of `lure`, a method of a tensor, and a global where its name is mathematics
-- alone. All can be differentiated by where that makes sense.
-- luacheck: ignore

---@class lure.Tensor
local Tensor = {}

-- ---- element by element ----

---e to the power of each element.
---@param t lure.Numbers
---@return lure.Tensor
function lure.exp(t) end
Tensor.exp = lure.exp
exp = lure.exp

---exp(x) - 1, exact near 0.
---@param t lure.Numbers
---@return lure.Tensor
function lure.expm1(t) end
Tensor.expm1 = lure.expm1
expm1 = lure.expm1

---The natural logarithm of each element.
---@param t lure.Numbers
---@return lure.Tensor
function lure.log(t) end
Tensor.log = lure.log
log = lure.log

---log(1 + x), exact near 0.
---@param t lure.Numbers
---@return lure.Tensor
function lure.log1p(t) end
Tensor.log1p = lure.log1p
log1p = lure.log1p

---The square root of each element.
---@param t lure.Numbers
---@return lure.Tensor
function lure.sqrt(t) end
Tensor.sqrt = lure.sqrt
sqrt = lure.sqrt

---Each element times itself.
---@param t lure.Numbers
---@return lure.Tensor
function lure.square(t) end
Tensor.square = lure.square
square = lure.square

---Each element without its sign.
---@param t lure.Numbers
---@return lure.Tensor
function lure.abs(t) end
Tensor.abs = lure.abs
abs = lure.abs

----1, 0 or 1 for each element.
---@param t lure.Numbers
---@return lure.Tensor
function lure.sign(t) end
Tensor.sign = lure.sign
sign = lure.sign

---The hyperbolic tangent of each element.
---@param t lure.Numbers
---@return lure.Tensor
function lure.tanh(t) end
Tensor.tanh = lure.tanh
tanh = lure.tanh

---1 / (1 + exp(-x)) of each element.
---@param t lure.Numbers
---@return lure.Tensor
function lure.sigmoid(t) end
Tensor.sigmoid = lure.sigmoid
sigmoid = lure.sigmoid

---Each element, or 0 where it is below.
---@param t lure.Numbers
---@return lure.Tensor
function lure.relu(t) end
Tensor.relu = lure.relu
relu = lure.relu

---x, or exp(x) - 1 below 0.
---@param t lure.Numbers
---@return lure.Tensor
function lure.elu(t) end
Tensor.elu = lure.elu
elu = lure.elu

---x times the normal distribution's probability below x.
---@param t lure.Numbers
---@return lure.Tensor
function lure.gelu(t) end
Tensor.gelu = lure.gelu
gelu = lure.gelu

---log(1 + exp(x)) of each element.
---@param t lure.Numbers
---@return lure.Tensor
function lure.softplus(t) end
Tensor.softplus = lure.softplus
softplus = lure.softplus

---The sine of each element, in radians.
---@param t lure.Numbers
---@return lure.Tensor
function lure.sin(t) end
Tensor.sin = lure.sin

---The cosine of each element, in radians.
---@param t lure.Numbers
---@return lure.Tensor
function lure.cos(t) end
Tensor.cos = lure.cos

---The largest whole number not above each element.
---@param t lure.Numbers
---@return lure.Tensor
function lure.floor(t) end
Tensor.floor = lure.floor

----x, as the operator -.
---@param t lure.Numbers
---@return lure.Tensor
function lure.negate(t) end
Tensor.negate = lure.negate

---a + b. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.add(a, b) end
Tensor.add = lure.add

---a - b. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.subtract(a, b) end
Tensor.subtract = lure.subtract

---a times b. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.multiply(a, b) end
Tensor.multiply = lure.multiply

---a / b. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.divide(a, b) end
Tensor.divide = lure.divide

---a to the power of b. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.power(a, b) end
Tensor.power = lure.power

---The lesser of two, element by element. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.minimum(a, b) end
Tensor.minimum = lure.minimum
minimum = lure.minimum

---The larger of two, element by element. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.maximum(a, b) end
Tensor.maximum = lure.maximum
maximum = lure.maximum

---1 where a = b, else 0. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.equal(a, b) end
Tensor.equal = lure.equal
equal = lure.equal

---1 where a and b differ, else 0. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.not_equal(a, b) end
Tensor.not_equal = lure.not_equal
not_equal = lure.not_equal

---1 where a < b, else 0. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.less(a, b) end
Tensor.less = lure.less
less = lure.less

---1 where a <= b, else 0. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.less_equal(a, b) end
Tensor.less_equal = lure.less_equal
less_equal = lure.less_equal

---1 where a > b, else 0. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.greater(a, b) end
Tensor.greater = lure.greater
greater = lure.greater

---1 where a >= b, else 0. Shapes meet as in NumPy.
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.greater_equal(a, b) end
Tensor.greater_equal = lure.greater_equal
greater_equal = lure.greater_equal

---a where the condition is not 0, else b.
---@param condition lure.Numbers
---@param a lure.Numbers
---@param b lure.Numbers
---@return lure.Tensor
function lure.where(condition, a, b) end
Tensor.where = lure.where
where = lure.where

---Each element, not below low nor above high; nil is no bound.
---@param t lure.Numbers
---@param low? lure.Numbers
---@param high? lure.Numbers
---@return lure.Tensor
function lure.clamp(t, low, high) end
Tensor.clamp = lure.clamp
clamp = lure.clamp

-- ---- along an axis, or over all ----

---The sum of all elements, or along an axis.
---@param t lure.Numbers
---@param axis? integer from 1, or from the last: -1
---@param keep? boolean keep the axis, as a side of 1
---@return lure.Tensor|number
function lure.sum(t, axis, keep) end
Tensor.sum = lure.sum
sum = lure.sum

---The mean of all elements, or along an axis; of none it is nil.
---@param t lure.Numbers
---@param axis? integer from 1, or from the last: -1
---@param keep? boolean keep the axis, as a side of 1
---@return lure.Tensor|number
function lure.mean(t, axis, keep) end
Tensor.mean = lure.mean
mean = lure.mean

---The variance of a sample (n - 1) of all elements, or along an axis.
---@param t lure.Numbers
---@param axis? integer from 1, or from the last: -1
---@param keep? boolean keep the axis, as a side of 1
---@return lure.Tensor|number
function lure.variance(t, axis, keep) end
Tensor.variance = lure.variance
variance = lure.variance

---log(sum(exp(t))), without overflow, of all elements, or along an axis.
---@param t lure.Numbers
---@param axis? integer from 1, or from the last: -1
---@param keep? boolean keep the axis, as a side of 1
---@return lure.Tensor|number
function lure.logsumexp(t, axis, keep) end
Tensor.logsumexp = lure.logsumexp
logsumexp = lure.logsumexp

---The least of all elements, or along an axis; of none it is nil.
---@param t lure.Numbers
---@param axis? integer from 1, or from the last: -1
---@param keep? boolean keep the axis, as a side of 1
---@return lure.Tensor|number
function lure.min(t, axis, keep) end
Tensor.min = lure.min

---The largest of all elements, or along an axis; of none it is nil.
---@param t lure.Numbers
---@param axis? integer from 1, or from the last: -1
---@param keep? boolean keep the axis, as a side of 1
---@return lure.Tensor|number
function lure.max(t, axis, keep) end
Tensor.max = lure.max

---The standard deviation of a sample (n - 1) of all elements, or along an axis; of none it is nil.
---@param t lure.Numbers
---@param axis? integer from 1, or from the last: -1
---@param keep? boolean keep the axis, as a side of 1
---@return lure.Tensor|number
function lure.deviation(t, axis, keep) end
Tensor.deviation = lure.deviation

---Where the largest is, as indices from 1.
---@param t lure.Tensor
---@param axis? integer the last when left out
---@param keep? boolean
---@return lure.Tensor|integer
function lure.argmax(t, axis, keep) end
Tensor.argmax = lure.argmax

---Where the least is, as indices from 1.
---@param t lure.Tensor
---@param axis? integer the last when left out
---@param keep? boolean
---@return lure.Tensor|integer
function lure.argmin(t, axis, keep) end
Tensor.argmin = lure.argmin

---exp(t) over its sum along the axis.
---@param t lure.Tensor
---@param axis? integer the last when left out
---@return lure.Tensor
function lure.softmax(t, axis) end
Tensor.softmax = lure.softmax
softmax = lure.softmax

---log(softmax(t)), without underflow.
---@param t lure.Tensor
---@param axis? integer the last when left out
---@return lure.Tensor
function lure.log_softmax(t, axis) end
Tensor.log_softmax = lure.log_softmax
log_softmax = lure.log_softmax

---Sums up to each element along the axis.
---@param t lure.Tensor
---@param axis? integer the last when left out
---@return lure.Tensor
function lure.cumulative_sum(t, axis) end
Tensor.cumulative_sum = lure.cumulative_sum
cumulative_sum = lure.cumulative_sum

---Sorted along an axis, and the indices that the elements had; equal ones keep their order.
---@param t lure.Tensor
---@param axis? integer the last when left out
---@param descending? boolean
---@return lure.Tensor sorted
---@return lure.Tensor indices
function lure.sort(t, axis, descending) end
Tensor.sort = lure.sort

---The k largest along an axis, largest first, and their indices.
---@param t lure.Tensor
---@param k integer
---@param axis? integer the last when left out
---@return lure.Tensor values
---@return lure.Tensor indices
function lure.top_k(t, k, axis) end
Tensor.top_k = lure.top_k

-- ---- several tensors, and indices ----

---The product of two matrices, or of a matrix and a list.
---@param a lure.Tensor
---@param b lure.Tensor
---@return lure.Tensor
function lure.matmul(a, b) end
Tensor.matmul = lure.matmul
matmul = lure.matmul

---Joined along an axis that they have.
---@param list lure.Tensor[]
---@param axis? integer 1
---@return lure.Tensor
function lure.concat(list, axis) end
concat = lure.concat

---Put side by side along a new axis.
---@param list lure.Tensor[]
---@param axis? integer 1
---@return lure.Tensor
function lure.stack(list, axis) end
stack = lure.stack

---One element for each index along the axis: gather(log_probabilities, batch.actions).
---@param values lure.Tensor
---@param indices lure.Tensor from 1
---@param axis? integer the last when left out
---@return lure.Tensor
function lure.gather(values, indices, axis) end
Tensor.gather = lure.gather
gather = lure.gather

---Whole slices by their indices: take(batch.observations, rows).
---@param values lure.Tensor
---@param indices lure.Tensor from 1
---@param axis? integer 1
---@return lure.Tensor
function lure.take(values, indices, axis) end
Tensor.take = lure.take
take = lure.take

---A row of n for each index, 1 there and else 0.
---@param indices lure.Tensor from 1
---@param n integer
---@param type? lure.Type
---@return lure.Tensor
function lure.one_hot(indices, n, type) end
Tensor.one_hot = lure.one_hot
