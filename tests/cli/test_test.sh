#!/usr/bin/env bash
# test_test.sh: lure test: which files it finds, what it says of each way a test can end, its exit codes, and that no test
# can end or hang it. What the helpers do is tested in tests/lua/test_testing.lua.
. "$(dirname "${BASH_SOURCE[0]}")/../tools/expect.sh"
cd "$here" || exit 2
unset LUA_PATH LUA_PATH_5_4

says() { # says NAME CODE TEXT COMMAND...: as expect, of a text of several lines that follow each other
    local name=$1 want=$2 text=$3 output code
    shift 3
    output=$("$@" 2>&1)
    code=$?
    if [ "$code" = "$want" ] && [[ $output == *"$text"* ]]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL %s: exit %s, expected %s and "%s"; it said:\n%s\n' "$name" "$code" "$want" "$text" "$output"
    fi
}

absent() { # absent NAME TEXT COMMAND...: the text is in nothing that the command prints
    local name=$1 text=$2 output
    shift 2
    output=$("$@" 2>&1)
    if grep -qF -- "$text" <<<"$output"; then
        failed=$((failed + 1))
        printf 'FAIL %s: it said "%s":\n%s\n' "$name" "$text" "$output"
    else
        passed=$((passed + 1))
    fi
}

# ---- nothing to run is a failure ----
expect "an empty folder" 1 "no test ran: there is no test_*.lua" "$LURE" test
expect "an empty folder, named" 1 "no test ran: there is no test_*.lua in ." "$LURE" test .
expect "no such folder" 4 "nowhere/: there is no such file or folder" "$LURE" test nowhere/
expect "no such name" 4 "and no tests/test_nowhere.lua" "$LURE" test nowhere
expect "an unknown option" 2 "did you mean --only?" "$LURE" test --olny x
expect "help" 0 "Usage: lure test [DIR|FILE|NAME...]" "$LURE" test --help
expect "the list of commands" 0 "  test " "$LURE" --help

# ---- each way to end ----
mkdir -p tests/deep
cat >tests/test_good.lua <<'END'
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}
function tests.test_one() luaunit.assertEquals(testing.load("reward", "right_portion")({ hunger = 1, portion = "large" }), 1) end
function tests.test_two() testing.assert_repeatable("cartpole") end
return tests
END
cat >tests/test_bad.lua <<'END'
local luaunit, testing = require("luaunit"), require("lure.testing")
local tests = {}
function tests.test_assertion()
  luaunit.assertEquals(1, 2)
end
function tests.test_helper() testing.assert_same_bits(1, 2) end
function tests.test_error()
  local nothing
  return nothing.field
end
function tests.test_script() testing.rewards("rewards/broken.lua", { { {} } }) end
function tests.test_skipped() luaunit.skip("not today") end
function tests.test_raised_in_a_run() testing.run("no_such_experiment") end
return tests
END
mkdir rewards
echo 'return function(s) return s.portion.size end' >rewards/broken.lua
expect "tests that pass" 0 "ok    tests/test_good.lua (2 tests)" "$LURE" test tests/test_good.lua
expect "the sum" 0 "2 passed, 0 failed (" "$LURE" test good
expect "tests that fail" 1 "FAIL  tests/test_bad.lua (6 tests)" "$LURE" test
expect "the others run all the same" 1 "ok    tests/test_good.lua" "$LURE" test
expect "their sum" 1 "2 passed, 5 failed, 1 skipped (" "$LURE" test
says "an assertion" 1 "        tests/test_bad.lua:4:
        expected: 2, actual: 1" "$LURE" test bad
says "an assertion of the helpers" 1 "        tests/test_bad.lua:6:
        expected the value is 2, got 1" "$LURE" test bad
says "an error" 1 "        tests/test_bad.lua:9:
        attempt to index a nil value (local 'nothing')" "$LURE" test bad
says "an error in a script" 1 "        tests/test_bad.lua:11:
        rewards/broken.lua:1: attempt to index a nil value (field 'portion')" "$LURE" test bad
expect "and the way there" 1 "          at rewards/broken.lua:1: in" "$LURE" test bad
expect "a skipped one" 1 "test_skipped: skipped: not today" "$LURE" test bad
expect "only a skipped one" 0 "0 passed, 0 failed, 1 skipped (" "$LURE" test --only test_skipped
expect "verbose" 0 "      test_one: passed (0." "$LURE" test good --verbose
absent "not verbose" "test_one" "$LURE" test good

# ---- choosing ----
expect "by a part of the name" 0 "1 passed, 0 failed (" "$LURE" test --only good.test_o
absent "files without a chosen test" "test_bad" "$LURE" test --only test_one
expect "a name that none holds" 1 "no test ran: the name of none holds 'nowhere'" "$LURE" test --only nowhere
cp tests/test_good.lua tests/deep/test_far.lua
cp tests/test_good.lua tests/deep/helper.lua
expect "folders below" 0 "ok    tests/deep/test_far.lua" "$LURE" test tests/deep
absent "what is not called test_" "helper.lua" "$LURE" test tests/deep
expect "any file that is named" 0 "ok    tests/deep/helper.lua" "$LURE" test tests/deep/helper.lua
expect "a file named twice runs once" 0 "2 passed, 0 failed (" "$LURE" test good tests/test_good.lua
touch tests/deep/run.lua
absent "a folder that has a run.lua" "test_far" "$LURE" test tests
expect "unless it is named" 0 "ok    tests/deep/test_far.lua" "$LURE" test tests/deep/

# ---- LuaUnit's own forms ----
mkdir plain
cat >plain/test_classes.lua <<'END'
local lu = require("luaunit")
TestPlace = {}
function TestPlace:setUp() self.place = 1 end
function TestPlace:tearDown() self.place = nil end
function TestPlace:testPlace() lu.assertEquals(self.place, 1) end
function TestPlace:helper() error("this is no test") end
function test_alone() lu.assertTrue(true) end
function testAlso() lu.assertTrue(true) end
os.exit(lu.LuaUnit.run())
END
expect "classes and functions" 0 "3 passed, 0 failed (" "$LURE" test plain
expect "their names" 0 "TestPlace.testPlace: passed" "$LURE" test plain --verbose
expect "chosen by class" 0 "1 passed, 0 failed (" "$LURE" test plain --only TestPlace
cat >plain/shared.lua <<'END'
return { answer = 42 }
END
cat >plain/test_shares.lua <<'END'
local lu, shared = require("luaunit"), require("shared")
return { test_it = function() lu.assertEquals(shared.answer, 42) end }
END
expect "a module beside the test" 0 "1 passed" "$LURE" test plain/test_shares.lua
expect "each file has a state of its own" 0 "1 passed" sh -c 'echo "global = 1; return { test_a = function() end }" >plain/test_a.lua
    echo "return { test_b = function() assert(global == nil) end }" >plain/test_b.lua; "$1" test plain --only test_b.test_b' sh "$LURE"

# ---- files that are no tests ----
mkdir wrong
echo 'x = = 1' >wrong/test_syntax.lua
echo 'error("no, thank you")' >wrong/test_raises.lua
echo 'return {}' >wrong/test_none.lua
echo 'return 7' >wrong/test_seven.lua
cat >wrong/test_objects.lua <<'END'
return {
  test_told = function() error(setmetatable({}, { __tostring = function() return "told" end })) end,
  test_untold = function() error(setmetatable({}, { __tostring = function() error("no text") end })) end,
  test_long = function() error(("y"):rep(1e6)) end,
  test_after = function() end,
}
END
cat >wrong/test_pairs.lua <<'END'
return setmetatable({ test_a = function() end }, { __pairs = function() error("no keys for you") end })
END
cat >wrong/test_breaks.lua <<'END'
require("luaunit").LuaUnit.new = nil
return { test_a = function() end }
END
echo 'while true do end' >wrong/test_endless.lua
says "a syntax error" 1 "        wrong/test_syntax.lua:1:
        unexpected symbol near '='" "$LURE" test wrong/test_syntax.lua
expect "an error" 1 "no, thank you" "$LURE" test wrong/test_raises.lua
expect "errors that are objects" 1 "1 passed, 3 failed" "$LURE" test wrong/test_objects.lua
expect "their text" 1 "        told" "$LURE" test wrong/test_objects.lua
expect "one whose text fails" 1 "an error whose text is an error, too (table)" "$LURE" test wrong/test_objects.lua
expect "a very long one" 1 "yyy... (1000026 bytes)" "$LURE" test wrong/test_objects.lua
expect "tests that hide their names" 0 "1 passed" "$LURE" test wrong/test_pairs.lua
expect "a file that breaks LuaUnit stops no other" 1 "1 passed, 1 failed" "$LURE" test wrong/test_breaks.lua wrong/test_pairs.lua
expect "no test" 1 "holds no test" "$LURE" test wrong/test_none.lua
expect "neither" 1 "holds no test" "$LURE" test wrong/test_seven.lua
expect "one that does not load in time" 1 "time limit: the test did not end" "$LURE" test wrong/test_endless.lua --seconds 1

# ---- what no test may do ----
mkdir bold
cat >bold/test_bold.lua <<'END'
local tests = {}
function tests.test_a_exit() os.exit(0) end
function tests.test_b_endless() while true do end end
function tests.test_c_endless_in_pcall() while true do pcall(function() while true do end end) end end
function tests.test_d_endless_in_a_coroutine() coroutine.wrap(function() while true do end end)() end
function tests.test_e_after_all() end
return tests
END
expect "the last one still runs" 1 "1 passed, 4 failed (" "$LURE" test bold --seconds 1
expect "exit" 1 "a test may not end the program" "$LURE" test bold --only exit
says "an endless loop" 1 "        bold/test_bold.lua:3:
        time limit: the test did not end" "$LURE" test bold --only b_endless --seconds 1
echo 'return { test_stuck = function() string.find(string.rep("a", 1e5), string.rep(".-", 30) .. "b") end }' >bold/test_stuck.lua
expect "inside one call that does not end" 3 "a test is inside one library call that does not end" \
    timeout 60 "$LURE" test bold/test_stuck.lua --seconds 1
cat >bold/test_signal.lua <<'END'
return { test_waits = function() while true do pcall(function() while true do end end) end end }
END
# without --foreground its group gets the signal, too, so the program may get two, and the second kills
timeout --foreground -s INT 1 "$LURE" test bold/test_signal.lua >said 2>&1
expect "a signal stops all" 0 "" test $? = 124
expect "and says so" 0 "stopped by a signal" cat said

# ---- the document ----
json() { # json EXPRESSION WORDS...: what the Lua expression of the document d gives
    local expression=$1
    shift
    "$LURE" test "$@" --json 2>/dev/null >document
    lua5.4 -e 'package.path = arg[1] .. "/?.lua;" .. package.path
        d = require("json").decode(assert(io.open("document")):read("a"))
        print((assert(load("return " .. arg[2]))()))' /dev/null "$top/tests/cli" "$expression"
}
expect "its sum" 0 "2 1 3 1 false" json 'table.concat({ d.passed, d.failed - 1, d.error + 0, d.skipped, tostring(d.ok) }, " ")' bad good
expect "a failed test" 0 "test_assertion failed tests/test_bad.lua:4 expected: 2, actual: 1" \
    json 'table.concat({ d.files[1].tests[1].name, d.files[1].tests[1].outcome, d.files[1].tests[1].place, d.files[1].tests[1].message }, " ")' bad
expect "its kind" 0 "lure.test/1 true 2" json 'd.schema .. " " .. tostring(d.ok) .. " " .. d.passed' good
echo 'return { test_talks = function() print("to the reader") io.write("and more\n") end }' >tests/test_talks.lua
expect "what tests print is not in it" 0 "true" json 'd.ok' talks
expect "but on stderr" 0 "to the reader" sh -c '"$1" test talks --json 2>&1 >/dev/null' sh "$LURE"
expect "without a test it is not ok" 0 "false" json 'd.ok' --only nowhere
"$LURE" test --only nowhere --json >document 2>/dev/null
expect "and the exit code is 1" 0 "" test $? = 1

# ---- where LuaUnit is missing ----
expect "doctor knows it" 0 "lure test            LuaUnit is " "$LURE" doctor
LUA_PATH_5_4="$here/own/?.lua;;"
export LUA_PATH_5_4
mkdir own
echo 'error("module not found")' >own/luaunit.lua
expect "no LuaUnit" 4 "apt-get install lua-unit" "$LURE" test good
unset LUA_PATH_5_4
finish
