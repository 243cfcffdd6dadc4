-- expect: script_error reward
-- says: attempt to call a nil value (field 'dump')
return function(s) return #string.dump(print) end -- here
