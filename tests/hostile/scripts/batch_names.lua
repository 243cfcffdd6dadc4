-- expect: failed batch
return { experiments = { "../../\27[2J\n;rm -rf $HOME", ("x"):rep(100000) }, set = { ["updates\27[2J"] = "\n$(touch escaped)`touch escaped`" } }
