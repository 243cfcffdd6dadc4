-- tables.lua: what the tables of the benchmarks share: medians of lists, lines of CSV, whether a reach is met.
local tables = {}

-- of the list, which is sorted by it; nil when it is empty
function tables.median(list)
  table.sort(list)
  local half = (#list + 1) / 2
  return #list > 0 and (list[math.floor(half)] + list[math.ceil(half)]) / 2 or nil
end

function tables.mean(list)
  local total = 0
  for _, x in ipairs(list) do total = total + x end
  return total / #list
end

-- { n =, median =, min =, max = } of a list, which stays as it is; nil when it is empty
function tables.summary(list)
  local sorted = table.move(list, 1, #list, 1, {})
  local median = tables.median(sorted)
  return median and { n = #sorted, median = median, min = sorted[1], max = sorted[#sorted] }
end

local function cell(x)
  local text = x == nil and "" or math.type(x) == "float" and ("%.6g"):format(x) or tostring(x)
  return text:find('[,"\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

-- one line of CSV (RFC 4180) into the open file; nil is an empty cell, fractions have six digits
function tables.write(csv, ...)
  local cells = table.pack(...)
  for i = 1, cells.n do cells[i] = cell(cells[i]) end
  csv:write(table.concat(cells, ","), "\n")
end

-- met: true, false, or nil where nothing is aimed at
function tables.verdict(met) return met == nil and "" or met and "met" or "NOT MET" end

return tables
