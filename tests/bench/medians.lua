-- medians.lua: what the tables of the benchmarks share: medians of lists, and of ratios within rounds.
local medians = {}

-- of the list, which is sorted by it; nil when it is empty
function medians.median(list)
  table.sort(list)
  local half = (#list + 1) / 2
  return #list > 0 and (list[math.floor(half)] + list[math.ceil(half)]) / 2 or nil
end

function medians.mean(list)
  local total = 0
  for _, x in ipairs(list) do total = total + x end
  return total / #list
end

-- { n =, median =, min =, max = } of a list, which stays as it is; nil when it is empty
function medians.summary(list)
  local sorted = table.move(list, 1, #list, 1, {})
  local median = medians.median(sorted)
  return median and { n = #sorted, median = median, min = sorted[1], max = sorted[#sorted] }
end

return medians
