-- expect: script_error reward
-- says: undefined variable 'io'
io.open("escaped", "w"):write("x") -- here
