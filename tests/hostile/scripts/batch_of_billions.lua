-- expect: usage batch
-- says: more than 100000 configurations
local vary, values = {}, {}
for i = 1, 100 do values[i] = i end
for _, key in ipairs { "updates", "max_steps", "copies", "action_repeat", "frame_stack", "log_every", "threshold", "clip_reward" } do vary[key] = values end
return { experiments = { "good_0" }, vary = vary, seeds = { 1 } }
