-- What the tests of differentiate ask again and again: are the gradients right, and is nothing left of a pass.
local luaunit = require("luaunit")

local passes = {}
local lure = lure_test.lure
local tensor, differentiate = lure.tensor, lure_test.differentiate

-- Nothing is left of a pass: results without history are numbers again, and the next pass is right.
function passes.assert_clean()
  luaunit.assertEquals(type(lure.sum(tensor { 1, 2 })), "number")
  local loss, gradient = differentiate(function(w) return (w * w):sum() end, tensor { 1, 2 })
  luaunit.assertEquals({ loss, gradient:to_table() }, { 5, { 2, 4 } })
end

function passes.assert_gradient(f, target)
  local _, gradient = differentiate(f, target)
  luaunit.assertEquals({ gradient:shape() }, { target:shape() })
  local flat, changed = gradient:reshape(-1), target:copy()
  local elements = changed:reshape(-1)
  for i = 1, #elements do
    local x, h = elements[i], 1e-5
    elements[i] = x + h
    local above = f(changed)
    elements[i] = x - h
    local below = f(changed)
    elements[i] = x
    luaunit.assertAlmostEquals(flat[i], (above - below) / (2 * h), 1e-7)
  end
end

return passes
